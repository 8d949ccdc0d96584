// sum --check: whether files of the host have the digests that a list says, as sha256sum -c does it.

#include "cli/local/byte_streams.hpp"
#include "cli/local/file_text.hpp"
#include "cli/local/report.hpp"
#include "path_work.hpp"
#include "sum_lines.hpp"

#include <tug/bytes.hpp>
#include <tug/files.hpp>
#include <tug/os/path_text.hpp>

#include <boost/json/object.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// No line of a list is as long.
constexpr std::size_t longest_line = 64UL * 1024;

/// The lines of a local file, or of standard input, one after the other.
class list_lines {
public:
    explicit list_lines(invocation& s) : invocation_(s) {}

    asio::awaitable<void> open(const std::string& list) {
        if (list == "-")
            from_ = std::make_shared<const descriptor>(STDIN_FILENO);
        else
            from_ = co_await open_file(invocation_.input, list, O_RDONLY);
    }

    /// Nothing at the end.
    asio::awaitable<std::optional<std::string>> next() {
        for (;;) {
            if (const auto end = text_.find('\n'); end != std::string::npos) {
                auto line = text_.substr(0, end);
                text_.erase(0, end + 1);
                co_return line;
            }
            if (ended_ || text_.size() > longest_line) break;
            const auto piece = co_await read_piece(invocation_.input, from_, longest_line);
            ended_ = piece.empty();
            text_ += piece.text();
        }
        if (text_.empty()) co_return std::nullopt;
        co_return std::exchange(text_, {});
    }

private:
    invocation& invocation_;
    shared_descriptor from_;
    std::string text_;
    bool ended_ = false;
};

/// What came of a list.
struct check_counts {
    std::uint64_t right = 0;
    std::uint64_t wrong = 0;
    std::uint64_t unread = 0;
    std::uint64_t no_lines = 0; ///< Lines of another form.
};

std::string below(const std::string& directory, const std::string& name) {
    if (directory == "." || name.starts_with('/')) return name;
    return os::path_in(directory, name);
}

bool tell(const options& o, const std::string& path, std::string_view how) {
    if (o.json) return print_json(boost::json::object{{"path", bytes_to_json(path)}, {"check", how}});
    if (how == "OK" && o.quiet) return true;
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    return print_text(shown_name(path, terminal) + ": " + std::string(how) + "\n");
}

/// "OK", "FAILED", or why it could not be read.
asio::awaitable<std::string> look_at_line(client& on, const named_sum& said, std::string path) {
    digest_options how;
    how.kind = said.digest.starts_with("sha256") ? digest_kind::sha256 : digest_kind::xxh3_128;
    std::string out;
    try {
        const auto made = co_await on.files().digest(path, how);
        out = made.digest == said.digest ? "OK" : "FAILED";
    } catch (const error& e) {
        if (!on.is_open() || e.failure().code == errc::cancelled) throw;
        out = "FAILED to read: " + std::string(name_of(e.failure().code));
    }
    co_return out;
}

void count(check_counts& to, std::string_view how) {
    ++(how == "OK" ? to.right : how == "FAILED" ? to.wrong : to.unread);
}

path_end finish_check(const std::string& list, const check_counts& counts) {
    const auto lines = [](std::uint64_t n, const char* what) {
        return std::to_string(n) + (n == 1 ? " file " : " files ") + what;
    };
    if (counts.no_lines > 0)
        print_error(quoted_name(list) + ": " + std::to_string(counts.no_lines) + " lines are no sums",
                    "each is a digest, two blanks and a name, as `tug sum` writes it");
    if (counts.unread > 0) print_error(lines(counts.unread, "could not be read"), "check the paths and permissions");
    if (counts.wrong > 0) print_error(lines(counts.wrong, "did not match"), "send them again, or make the sums anew");
    if (counts.right + counts.wrong + counts.unread == 0 && counts.no_lines == 0)
        print_error(quoted_name(list) + " holds no sums", "make them by `tug sum`");
    const bool good = counts.right > 0 && counts.wrong + counts.unread == 0;
    return good ? path_end::done : path_end::in_part;
}

} // namespace

asio::awaitable<path_end> check_sums(client& on, const options& o, invocation& s, std::string directory) {
    list_lines lines(s);
    co_await lines.open(o.path.check);
    check_counts counts;
    for (;;) {
        const auto line = co_await lines.next();
        if (!line) break;
        const auto said = read_sum_line(*line);
        if (!said) {
            ++counts.no_lines;
            continue;
        }
        const auto how = co_await look_at_line(on, *said, below(directory, said->path));
        count(counts, how);
        if (!tell(o, said->path, how)) co_return path_end::unwritten;
    }
    co_return finish_check(o.path.check, counts);
}

} // namespace tug::cli
