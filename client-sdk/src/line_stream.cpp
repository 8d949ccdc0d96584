#include "line_stream.hpp"

#include <tug/error.hpp>

#include <boost/json/parse.hpp>

#include <string_view>

namespace tug::detail {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

proto::result<std::optional<json::object>> parse_line(std::string_view line) {
    boost::system::error_code ec;
    auto value = json::parse(line, ec);
    if (ec || !value.is_object()) return failure(errc::protocol_violation, "a line of the listing is no object");
    return std::optional(std::move(value.get_object()));
}

} // namespace

asio::awaitable<proto::result<std::optional<json::object>>> line_stream::next_line() {
    for (;;) {
        const auto end = text_.find('\n', at_);
        if (end != std::string::npos) {
            const auto line = std::string_view(text_).substr(at_, end - at_);
            at_ = end + 1;
            co_return parse_line(line);
        }
        if (ended_) co_return co_await finish();
        const auto came = co_await more();
        if (!came) co_return came.error();
    }
}

asio::awaitable<proto::result<void>> line_stream::more() {
    text_.erase(0, std::exchange(at_, 0));
    if (text_.size() > longest_line) co_return failure(errc::protocol_violation, "a line of the listing has no end");
    const auto piece = co_await pending_->io().read(0);
    // Where the answer ended the stream, it says why.
    if (!piece && !pending_->answer()) co_return piece.error();
    ended_ = !piece || piece->empty();
    if (!ended_) text_ += piece->text();
    co_return proto::result<void>();
}

asio::awaitable<proto::result<std::optional<json::object>>> line_stream::finish() {
    const auto answer = co_await pending_->wait();
    if (!answer) co_return answer.error();
    if (!text_.empty()) co_return failure(errc::protocol_violation, "the last line of the listing is not whole");
    co_return std::optional<json::object>();
}

} // namespace tug::detail
