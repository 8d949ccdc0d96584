// edit: a file of the host in an editor, here. What was edited goes back only where the file is still what it was; it
// stays here, and that is said, where it does not go back.

#include "cli/local/local_program.hpp"
#include "cli/local/report.hpp"
#include "path_work.hpp"

#include <tug/files.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace tug::cli {

namespace {

/// A directory of this user's own with the file to edit in it, and the same once more as it came.
class local_copy {
public:
    explicit local_copy(std::string_view name) {
        auto pattern = (fs::temp_directory_path() / "tug-edit-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr)
            throw error(
                failure(errc::local_io, "no temporary directory can be made: " + std::string(std::strerror(errno))));
        directory_ = pattern;
        edited_ = directory_ / name;
        original_ = directory_ / ".original";
        std::ofstream(edited_).close();
        ::chmod(edited_.c_str(), S_IRUSR | S_IWUSR);
    }

    local_copy(const local_copy&) = delete;
    local_copy& operator=(const local_copy&) = delete;

    ~local_copy() {
        std::error_code ignored;
        fs::remove(original_, ignored);
        if (!kept_) fs::remove_all(directory_, ignored);
    }

    void remember() { fs::copy_file(edited_, original_, fs::copy_options::overwrite_existing); }

    [[nodiscard]] bool was_changed() const {
        std::error_code ec;
        if (fs::file_size(edited_, ec) != fs::file_size(original_, ec) || ec) return true;
        std::ifstream a(edited_, std::ios::binary);
        std::ifstream b(original_, std::ios::binary);
        return !std::equal(std::istreambuf_iterator<char>(a), {}, std::istreambuf_iterator<char>(b));
    }

    void keep(bool yes = true) { kept_ = yes; }

    [[nodiscard]] std::string path() const { return edited_.string(); }

private:
    fs::path directory_;
    fs::path edited_;
    fs::path original_;
    bool kept_ = false;
};

/// What the file was when it came; nothing where there was none.
asio::awaitable<std::optional<std::string>> fetch(client& on, const std::string& path, local_copy& to) {
    std::optional<std::string> out;
    try {
        const auto came = co_await on.get(path, to.path(), get_options());
        out = came.digest;
    } catch (const error& e) {
        if (e.failure().code != errc::not_found) throw;
    }
    ::chmod(to.path().c_str(), S_IRUSR | S_IWUSR);
    to.remember();
    co_return out;
}

/// Stores what was edited; false where the file is not what it was any more.
asio::awaitable<bool> store(client& on, std::string path, const local_copy& from, std::optional<std::string> was) {
    put_options how;
    how.preserve(false).new_mode(0644).if_match(was.value_or("absent"));
    try {
        static_cast<void>(co_await on.put(from.path(), path, std::move(how)));
    } catch (const error& e) {
        if (e.failure().code != errc::precondition_failed) throw;
        co_return false;
    }
    co_return true;
}

void say_kept(const std::string& why, const local_copy& copy) {
    print_error(why, "it is in " + quoted_name(copy.path()));
}

std::string editor() {
    for (const char* name : {"VISUAL", "EDITOR"})
        if (auto set = environment(name)) return *set;
    return "vi";
}

} // namespace

asio::awaitable<path_end> edit(client& on, const options&, invocation& s, std::string path) {
    const auto name = base_name(path);
    if (name.empty() || name == "." || name == "..") throw error(failure(errc::is_directory, quoted_name(path)));
    local_copy copy(name);
    const auto was = co_await fetch(on, path, copy);
    std::vector<std::string> arguments{copy.path()};
    // As a shell reads it: an editor may be set with flags.
    const int ended = co_await run_program(s, editor() + " \"$@\"", std::move(arguments));
    if (!copy.was_changed()) co_return ended == 0 ? path_end::done : path_end::in_part;
    std::string why = "the editor ended with " + std::to_string(ended);
    if (ended == 0) {
        copy.keep(); // also where the connection is lost
        try {
            const bool stored = co_await store(on, path, copy, was);
            copy.keep(!stored);
            if (stored) co_return path_end::done;
        } catch (...) {
            say_kept("what was edited is not stored", copy);
            throw;
        }
        why = quoted_name(path) + " was changed on the host meanwhile";
    }
    copy.keep();
    say_kept(why + ", and what was edited is not stored", copy);
    co_return path_end::in_part;
}

} // namespace tug::cli
