#include "listing_state.hpp"

#include "at_home.hpp"
#include "file_wire.hpp"

#include <tug/detail/file_calls.hpp>
#include <tug/listing.hpp>

#include <boost/json/parse.hpp>

#include <string_view>
#include <utility>

namespace tug {

listing::listing(std::shared_ptr<detail::listing_state> state) noexcept : state_(std::move(state)) {}

listing::listing(listing&& other) noexcept : state_(std::move(other.state_)) {}

listing& listing::operator=(listing&& other) noexcept {
    if (this != &other) detail::release_at_home(std::exchange(state_, std::move(other.state_)));
    return *this;
}

listing::~listing() {
    detail::release_at_home(std::move(state_));
}

} // namespace tug

namespace tug::detail {

namespace asio = boost::asio;

namespace {

proto::result<std::optional<file_entry>> parse_line(std::string_view line) {
    boost::system::error_code ec;
    const auto value = boost::json::parse(line, ec);
    if (ec || !value.is_object()) return failure(errc::protocol_violation, "a line of the listing is no object");
    auto entry = proto::file_list_entry::parse(value.get_object());
    if (!entry) return failure(errc::protocol_violation, "a line of the listing: " + entry.error().message);
    return std::optional(from_wire(std::move(*entry)));
}

} // namespace

asio::awaitable<proto::result<std::optional<file_entry>>> listing_state::next() {
    const auto self = shared_from_this();
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

asio::awaitable<proto::result<void>> listing_state::more() {
    text_.erase(0, std::exchange(at_, 0));
    if (text_.size() > longest_line) co_return failure(errc::protocol_violation, "a line of the listing has no end");
    const auto piece = co_await pending_->io().read(0);
    // Where the answer ended the stream, it says why.
    if (!piece && !pending_->answer()) co_return piece.error();
    ended_ = !piece || piece->empty();
    if (!ended_) text_ += piece->text();
    co_return proto::result<void>();
}

asio::awaitable<proto::result<std::optional<file_entry>>> listing_state::finish() {
    const auto answer = co_await pending_->wait();
    if (!answer) co_return answer.error();
    if (!text_.empty()) co_return failure(errc::protocol_violation, "the last line of the listing is not whole");
    co_return std::optional<file_entry>();
}

asio::awaitable<std::optional<file_entry>> next(listing_ptr of) {
    must_be(of);
    co_return co_await deliver(of->executor(), of->next());
}

} // namespace tug::detail
