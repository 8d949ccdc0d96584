#include "exec_output.hpp"

#include "exec_command.hpp"

#include <tug/bytes.hpp>
#include <tug/error.hpp>

#include <unistd.h>

#include <cerrno>
#include <span>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

boost::json::object stream_json(const stream_summary& sent, const std::string& text) {
    boost::json::object out{{"bytes", sent.bytes}, {"digest", sent.digest}};
    if (is_utf8(text)) {
        out["text"] = text;
    } else {
        out["base64"] = base64_encode(std::as_bytes(std::span(text)));
    }
    return out;
}

} // namespace

exec_output::exec_output(const options& o, blocking_thread& on)
    : on_(on),
      json_(o.json),
      merge_(o.exec.merge),
      limit_(o.exec.output_limit.value_or(default_limit)),
      out_(std::make_shared<const descriptor>(STDOUT_FILENO)),
      err_(std::make_shared<const descriptor>(STDERR_FILENO)) {}

void exec_output::collect(const output& piece) {
    // tugd keeps to the limit that it was told; one that does not must not fill our memory.
    if (out_text_.size() + err_text_.size() + piece.text().size() > limit_)
        throw error(failure(errc::protocol_violation, "more output came than was allowed"));
    (piece.from() == output_stream::out ? out_text_ : err_text_).append(piece.text());
}

asio::awaitable<bool> exec_output::take(output piece) {
    if (json_) {
        collect(piece);
        co_return true;
    }
    auto to = piece.from() == output_stream::out ? out_ : err_;
    const int why = co_await write_piece(on_, std::move(to), piece.take());
    if (why != 0 && why != EPIPE) throw_local("the output cannot be written", why);
    reader_left_ = reader_left_ || why == EPIPE;
    co_return why == 0;
}

boost::json::object exec_output::to_json(const exec_result& r) const {
    auto out = json_of(r);
    out["stdout"] = stream_json(r.out_summary, out_text_ + r.out);
    if (!merge_) out["stderr"] = stream_json(r.err_summary, err_text_ + r.err);
    return out;
}

} // namespace tug::cli
