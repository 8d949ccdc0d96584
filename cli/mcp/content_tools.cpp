// What is in a file, read and written.

#include "bounded_output.hpp"
#include "limits.hpp"
#include "tool.hpp"

#include <tug/error.hpp>
#include <tug/transfer.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace tug::cli::mcp {

namespace {

/// Thrown by a sink that wants no more.
struct enough {};

/// Skips lines, and keeps those that follow: so many lines and so many bytes at most.
class kept_part : public sink {
public:
    kept_part(std::uint64_t skipped_lines, std::uint64_t lines, std::uint64_t bytes)
        : skip_(skipped_lines), lines_(lines), bytes_(bytes) {}

    asio::awaitable<void> write(chunk piece) override {
        auto text = piece.text();
        while (!text.empty() && skip_ > 0) {
            const auto end = text.find('\n');
            const auto size = end == std::string_view::npos ? text.size() : end + 1;
            if (end != std::string_view::npos) --skip_;
            before_ += size;
            text.remove_prefix(size);
        }
        while (!text.empty()) {
            if (seen_ == lines_ || kept_.size() == bytes_) throw enough();
            const auto end = text.find('\n');
            const auto line = end == std::string_view::npos ? text.size() : end + 1;
            const auto size = std::min<std::uint64_t>(line, bytes_ - kept_.size());
            kept_.append(text.substr(0, size));
            if (end != std::string_view::npos && size == line) ++seen_;
            text.remove_prefix(size);
        }
        co_return;
    }

    [[nodiscard]] std::uint64_t before() const noexcept { return before_; } ///< Bytes of the lines that were skipped.

    [[nodiscard]] std::uint64_t lines() const noexcept { return seen_; } ///< That are here whole.

    [[nodiscard]] const std::string& kept() const noexcept { return kept_; }

private:
    std::uint64_t skip_;
    std::uint64_t lines_;
    std::uint64_t bytes_;
    std::uint64_t before_ = 0;
    std::uint64_t seen_ = 0;
    std::string kept_;
};

struct read_request {
    std::string path;
    bool by_lines = false;
    std::uint64_t first_line = 1;
    std::uint64_t lines = UINT64_MAX;
    std::uint64_t offset = 0;
    std::uint64_t most = 4 * usual_bytes;
    bool base64 = false;
};

read_request read_request_of(const arguments& given) {
    read_request out;
    out.path = given.needed_text("path");
    const auto line = given.number("line");
    const auto lines = given.number("lines");
    const auto offset = given.number("offset");
    out.by_lines = line || lines;
    if (out.by_lines && offset) wrong_argument("offset", "give either it or line");
    out.first_line = line.value_or(1);
    out.lines = lines.value_or(UINT64_MAX);
    out.offset = offset.value_or(0);
    out.most = given.number("max_bytes").value_or(out.most);
    out.base64 = given.choice("encoding") == "base64";
    return out;
}

/// Nothing where the sink had enough before the end.
asio::awaitable<std::optional<get_result>> get_until_enough(client& on, const read_request& r, sink& into) {
    try {
        get_options how;
        how.offset(r.offset);
        co_return co_await on.get(r.path, into, how);
    } catch (const enough&) {
        co_return std::nullopt;
    }
}

asio::awaitable<json::object> read_file(tool_call& call) {
    const auto r = read_request_of(call.given);
    const auto client = co_await call.on.get();
    kept_part part(r.first_line - 1, r.lines, r.most);
    const auto got = co_await get_until_enough(*client, r, part);
    const auto from = r.offset + part.before();
    std::string_view shown = part.kept();
    if (!got && !r.base64 && begun_character(shown) < shown.size()) shown.remove_suffix(begun_character(shown));
    json::object out{{"path", r.path}, {"offset", from}};
    put_bytes(out, "text", shown, r.base64);
    out["next"] = from + shown.size();
    out["more"] = !got;
    if (r.by_lines) {
        out["line"] = r.first_line;
        out["next_line"] = r.first_line + part.lines();
    }
    if (got) out["size"] = std::max(got->size, from + shown.size());
    if (got && from == 0) out["digest"] = got->digest; // of the whole file: what if_match takes
    co_return out;
}

asio::awaitable<json::object> write_file(tool_call& call) {
    auto path = call.given.needed_text("path");
    auto content = call.given.bytes("content");
    const auto if_match = call.given.text("if_match");
    put_options how;
    how.make_parents(call.given.flag("make_parents", false));
    if (const auto mode = call.given.text("mode")) {
        std::size_t end = 0;
        const auto bits = mode->empty() || mode->size() > 4 || mode->find_first_not_of("01234567") != std::string::npos
                              ? 01000
                              : std::stoul(*mode, &end, 8);
        if (bits > 0777) wrong_argument("mode", "it has to be octal, from 0 to 777");
        how.mode(static_cast<std::uint32_t>(bits));
    }
    if (!content) wrong_argument("content", "it is missing");
    const auto client = co_await call.on.get();
    if (if_match) how.if_match(*if_match);
    const auto stored = co_await client->put_bytes(std::move(*content), path, how);
    json::object out{{"path", path}, {"size", stored.size}, {"digest", stored.digest}};
    co_return out;
}

constexpr std::array read_parameters{
    parameter::text("path").needed(),
    parameter::whole("line", 1, INT64_MAX, "the first line that is wanted; they count from 1"),
    parameter::whole("lines", 1, INT64_MAX, "how many"),
    parameter::whole("offset", 0, INT64_MAX, "the first byte that is wanted, in the place of line"),
    parameter::whole("max_bytes", 1, most_bytes, "65536 unless given"),
    parameter::choice("encoding", encodings),
};

constexpr std::array write_parameters{
    parameter::text("path").needed(),
    parameter::bytes("content"),
    parameter::text("if_match", "a digest as read_file, stat or write_file gives it, or absent"),
    parameter::flag("make_parents"),
    parameter::text("mode", "octal, as in 644"),
};

constexpr std::array content_tool_list{
    tool{.name = "read_file",
         .need = "get",
         .description =
             "Read a file, or a part of it: from a line on (line, lines) or from a byte on (offset), at most "
             "max_bytes. more, next and next_line say where to go on. digest is that of the whole file where "
             "all of it was read.",
         .parameters = read_parameters,
         .run = read_file},
    tool{.name = "write_file",
         .need = "put",
         .what = tool::effect::changes,
         .description =
             "Write a whole file: it is replaced in one step or not at all. With if_match nothing is written "
             "unless the file is still the one of that digest (\"absent\": unless there is none).",
         .parameters = write_parameters,
         .run = write_file},
};

} // namespace

std::span<const tool> content_tools() {
    return content_tool_list;
}

} // namespace tug::cli::mcp
