#include "fan_printer.hpp"

#include "cli/hosts/host_names.hpp"
#include "cli/local/byte_streams.hpp"
#include "cli/local/report.hpp"

#include <tug/bytes.hpp>

#include <boost/json/serialize.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

constexpr std::size_t widest_label = 32; // a longer one moves its own lines to the right, and no others
constexpr std::size_t colours = 6;       // 31 to 36, without black and white
constexpr std::string_view colours_off = "\x1b[0m";
constexpr std::size_t one_write = 64 * 1024;

/// Calls `each` with every line, without its end.
void for_each_line(std::string_view text, const auto& each) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        each(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

bool wants_colour(int fd) {
    return ::isatty(fd) == 1 && !environment("NO_COLOR") && environment("TERM").value_or("") != "dumb";
}

int fd_of(output_stream from) {
    return from == output_stream::out ? STDOUT_FILENO : STDERR_FILENO;
}

} // namespace

fan_printer::fan_printer(const options& o, invocation& s)
    : options_(o),
      invocation_(s),
      merger_(o.fan.hosts.size(), o.fan.order()),
      changed_(s.ctl.get_executor()),
      colour_{wants_colour(STDOUT_FILENO), wants_colour(STDERR_FILENO)} {
    for (const auto& host : o.fan.hosts) width_ = std::max(width_, std::min(printable(host).size(), widest_label));
}

asio::awaitable<bool> fan_printer::pass(std::size_t host, output_stream from, std::string_view text) {
    while (!reader_left_ && !merger_.admits(host)) co_await changed_.wait();
    if (reader_left_) co_return false;
    merger_.take(host, from, text);
    co_await drain();
    co_return !reader_left_;
}

asio::awaitable<void> fan_printer::ended(std::size_t host, const host_outcome& how) {
    merger_.ended(host);
    co_await drain();
    const auto& name = options_.fan.hosts[host];
    std::string line;
    if (options_.json) {
        line = os::harmless(boost::json::serialize(to_json(name, how))) + "\n";
    } else if (how.why) {
        line = printable("tug: " + name + ": " + line_for(options_, *how.why)) + "\n";
    }
    if (!line.empty()) co_await say(options_.json ? STDOUT_FILENO : STDERR_FILENO, std::move(line));
}

asio::awaitable<void> fan_printer::finish(std::span<const host_outcome> all) {
    merger_.finish();
    co_await drain();
    const bool bad = !std::ranges::all_of(all, &host_outcome::well);
    if (options_.quiet || options_.json || !(bad || wants_summary(options_))) co_return;
    auto table = outcome_table(options_.fan.hosts, all);
    co_await say(STDERR_FILENO, std::move(table));
}

/// While it lives no other coroutine writes.
struct fan_printer::turn {
    explicit turn(fan_printer& printer) : of(printer) { of.writing_ = true; }

    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

    ~turn() {
        of.writing_ = false;
        of.changed_.notify();
    }

    fan_printer& of;
};

/// Writes all that is ready. The pieces are taken by the coroutine whose turn it is, so that they keep their order; one
/// that waits for its turn holds its host up.
asio::awaitable<void> fan_printer::drain() {
    while (writing_) co_await changed_.wait();
    const turn mine(*this);
    auto piece = merger_.next();
    while (piece) {
        const auto from = piece->from;
        std::string text;
        while (piece && piece->from == from && text.size() < one_write) {
            text += text_of(*piece);
            piece = merger_.next();
        }
        co_await write(options_.json ? STDOUT_FILENO : fd_of(from), std::move(text));
    }
}

asio::awaitable<void> fan_printer::say(int fd, std::string text) {
    while (writing_) co_await changed_.wait();
    const turn mine(*this);
    co_await write(fd, std::move(text));
}

asio::awaitable<void> fan_printer::write(int fd, std::string text) {
    if (reader_left_ && fd == STDOUT_FILENO) co_return;
    auto to = std::make_shared<const descriptor>(fd);
    auto piece = chunk::copy_of(text);
    const int why = co_await write_piece(invocation_.output, std::move(to), std::move(piece));
    if (why == EPIPE && fd == STDOUT_FILENO) reader_left_ = true;
    if (why != 0 && why != EPIPE) throw_local("the output cannot be written", why);
}

std::string fan_printer::text_of(const line_merger::piece& what) const {
    if (options_.json) return objects_of(what);
    const auto prefix = prefix_of(what);
    const bool colour = colour_[what.from == output_stream::err];
    std::string out;
    for_each_line(what.text, [&](std::string_view line) {
        out.append(prefix).append(line);
        if (colour && line.find('\x1b') != std::string_view::npos) out.append(colours_off);
        out.push_back('\n');
    });
    return out;
}

std::string fan_printer::prefix_of(const line_merger::piece& what) const {
    std::vector<std::string> names;
    names.reserve(what.hosts.size());
    for (const auto host : what.hosts) names.push_back(printable(options_.fan.hosts[host]));
    auto label = names.size() == 1 ? names.front() : fold_names(names);
    const auto pad = !options_.fan.fold && label.size() < width_ ? width_ - label.size() : 0;
    if (colour_[what.from == output_stream::err])
        label = "\x1b[" + std::to_string(31 + what.hosts.front() % colours) + "m" + label + std::string(colours_off);
    return label + ": " + std::string(pad, ' ');
}

std::string fan_printer::objects_of(const line_merger::piece& what) const {
    std::string out;
    const auto host = printable(options_.fan.hosts[what.hosts.front()]);
    for_each_line(what.text, [&](std::string_view line) {
        boost::json::object one{{"host", host}, {"stream", what.from == output_stream::out ? "stdout" : "stderr"}};
        if (is_utf8(line))
            one["text"] = line;
        else
            one["base64"] = base64_encode(std::as_bytes(std::span(line)));
        out.append(os::harmless(boost::json::serialize(one))).append("\n");
    });
    return out;
}

} // namespace tug::cli
