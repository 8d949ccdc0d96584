#include "line_editor.hpp"

#include "history_file.hpp"
#include "report.hpp"
#include "terminal_modes.hpp"

#include <histedit.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <clocale>
#include <cstdint>
#include <cstdio>
#include <cwchar>
#include <string_view>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

class line_editor::editor {
public:
    explicit editor(name_finder names) : names_(std::move(names)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        std::setlocale(LC_CTYPE, ""); // else no letter beyond ASCII can be typed
        edit_ = ::el_init("tug", stdin, stderr, stderr);
        history_ = ::history_init();
        if (edit_ == nullptr || history_ == nullptr) throw_local("the line cannot be edited", ENOMEM);
        ::el_set(edit_, EL_CLIENTDATA, this);
        ::el_set(edit_, EL_PROMPT, &editor::show_prompt);
        ::el_set(edit_, EL_EDITOR, "emacs");
        ::el_set(edit_, EL_HIST, ::history, history_);
        ::el_set(edit_, EL_GETCFN, &editor::read_character);
        ::el_set(edit_, EL_ADDFN, "tug-complete", "completes the word", &editor::complete_word);
        ::el_set(edit_, EL_BIND, "^I", "tug-complete", nullptr);
        ::el_set(edit_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
        ::el_source(edit_, nullptr); // ~/.editrc
        HistEvent event;
        ::history(history_, &event, H_SETSIZE, 1000);
        ::history(history_, &event, H_SETUNIQUE, 1);
        if (!file_.empty()) ::history(history_, &event, H_LOAD, file_.c_str());
    }

    ~editor() {
        if (edit_ != nullptr) ::el_end(edit_);
        if (history_ != nullptr) ::history_end(history_);
    }

    editor(const editor&) = delete;
    editor& operator=(const editor&) = delete;

    /// Reads a line, on the thread of the editor.
    std::optional<std::string> read(std::string prompt) {
        prompt_ = std::move(prompt);
        interrupted_ = false;
        int length = 0;
        const char* const line = ::el_gets(edit_, &length);
        if (line == nullptr || length <= 0) {
            (void)write_all(STDERR_FILENO, interrupted_ ? "\n(exit leaves)\n" : "\n");
            return interrupted_ ? std::optional(std::string()) : std::nullopt;
        }
        std::string out(line, static_cast<std::size_t>(length));
        while (out.ends_with('\n')) out.pop_back();
        keep(out);
        return out;
    }

    void interrupt() {
        interrupted_ = true;
        wake();
    }

    void resize() {
        resized_ = true;
        wake();
    }

private:
    static editor& of(EditLine* edit) {
        void* self = nullptr;
        ::el_get(edit, EL_CLIENTDATA, &self);
        return *static_cast<editor*>(self);
    }

    static char* show_prompt(EditLine* edit) { return of(edit).prompt_.data(); }

    /// The next character: 1, or -1 at an interrupt() or the end.
    static int read_character(EditLine* edit, wchar_t* into) {
        auto& self = of(edit);
        std::mbstate_t state{};
        for (;;) {
            if (!self.wait()) return -1;
            char c = 0;
            const auto n = ::read(STDIN_FILENO, &c, 1);
            if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
            if (n <= 0) return static_cast<int>(n);
            const auto made = std::mbrtowc(into, &c, 1, &state);
            if (made <= 1) return 1;
            if (made == static_cast<std::size_t>(-1)) state = {}; // no character: it is passed over
        }
    }

    /// Until something was typed. False where the line is to be given up.
    bool wait() {
        for (;;) {
            std::array<pollfd, 2> waiting{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
            if (::poll(waiting.data(), waiting.size(), -1) < 0) continue; // EINTR alone
            if (waiting[1].revents != 0) {
                std::uint64_t count = 0;
                static_cast<void>(!::read(wake_.get(), &count, sizeof count));
                if (interrupted_) return false;
                if (resized_.exchange(false)) {
                    ::el_resize(edit_);
                    ::el_set(edit_, EL_REFRESH);
                }
            }
            if (waiting[0].revents != 0) return true;
        }
    }

    void wake() const {
        const std::uint64_t one = 1;
        static_cast<void>(!::write(wake_.get(), &one, sizeof one));
    }

    static unsigned char complete_word(EditLine* edit, int) {
        auto& self = of(edit);
        const auto* const line = ::el_line(edit);
        const auto at = place_of(std::string_view(line->buffer, static_cast<std::size_t>(line->cursor - line->buffer)));
        if (at.what == completion_place::kind::nothing) return CC_ERROR;
        const auto found = complete(at, self.names_(at));
        if (!found.insert.empty()) return ::el_insertstr(edit, found.insert.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
        if (found.choices.empty()) return CC_ERROR;
        std::string shown = "\n";
        for (const auto& choice : found.choices) shown += printable(choice) + "\n";
        (void)write_all(STDERR_FILENO, shown);
        return CC_REDISPLAY;
    }

    void keep(const std::string& line) {
        if (line.empty() || line.starts_with(' ')) return;
        HistEvent event;
        ::history(history_, &event, H_ENTER, line.c_str());
        if (!file_.empty()) ::history(history_, &event, H_SAVE, file_.c_str());
    }

    name_finder names_;
    descriptor wake_;
    std::string file_ = history_file();
    std::string prompt_;
    std::atomic<bool> interrupted_{false};
    std::atomic<bool> resized_{false};
    EditLine* edit_ = nullptr;
    History* history_ = nullptr;
};

line_editor::line_editor(blocking_thread& on, control& ctl, name_finder names)
    : on_(on), control_(ctl), editor_(std::make_shared<editor>(std::move(names))) {}

line_editor::~line_editor() {
    editor_->interrupt();
}

asio::awaitable<std::optional<std::string>> line_editor::next(std::string prompt) {
    const terminal_modes modes(STDIN_FILENO); // libedit changes them, and restores them only where the line ends well
    control_.on_resize([this] { editor_->resize(); });
    const auto out = std::make_shared<std::optional<std::string>>();
    std::function<void()> job = [out, it = editor_, prompt] { *out = it->read(prompt); };
    co_await on_.run(std::move(job));
    control_.on_resize(nullptr);
    co_return std::move(*out);
}

void line_editor::interrupt() {
    editor_->interrupt();
}

} // namespace tug::cli
