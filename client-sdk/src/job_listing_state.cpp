#include "job_listing_state.hpp"

#include "at_home.hpp"
#include "job_wire.hpp"

#include <tug/jobs.hpp>

#include <boost/json/parse.hpp>

#include <string_view>
#include <utility>

namespace tug {

job_listing::job_listing(std::shared_ptr<detail::job_listing_state> state) noexcept : state_(std::move(state)) {}

job_listing::job_listing(job_listing&& other) noexcept : state_(std::move(other.state_)) {}

job_listing& job_listing::operator=(job_listing&& other) noexcept {
    if (this != &other) detail::release_at_home(std::exchange(state_, std::move(other.state_)));
    return *this;
}

job_listing::~job_listing() {
    detail::release_at_home(std::move(state_));
}

} // namespace tug

namespace tug::detail {

namespace asio = boost::asio;

namespace {

proto::result<std::optional<job_info>> parse_line(std::string_view line) {
    boost::system::error_code ec;
    const auto value = boost::json::parse(line, ec);
    if (ec || !value.is_object()) return failure(errc::protocol_violation, "a line of the listing is no object");
    auto info = proto::job_info::parse(value.get_object());
    if (!info) return failure(errc::protocol_violation, "a line of the listing: " + info.error().message);
    return std::optional(from_wire(std::move(*info)));
}

} // namespace

asio::awaitable<proto::result<std::optional<job_info>>> job_listing_state::next() {
    const auto self = shared_from_this();
    for (;;) {
        if (const auto end = text_.find('\n'); end != std::string::npos) {
            auto info = parse_line(std::string_view(text_).substr(0, end));
            text_.erase(0, end + 1);
            co_return info;
        }
        if (ended_) break;
        if (text_.size() > longest_line)
            co_return failure(errc::protocol_violation, "a line of the listing has no end");
        const auto piece = co_await pending_->io().read(0);
        // Where the answer ended the stream, it says why.
        if (!piece && !pending_->answer()) co_return piece.error();
        ended_ = !piece || piece->empty();
        if (!ended_) text_ += piece->text();
    }
    const auto answer = co_await pending_->wait();
    if (!answer) co_return answer.error();
    if (!text_.empty()) co_return failure(errc::protocol_violation, "the last line of the listing is not whole");
    co_return std::optional<job_info>();
}

asio::awaitable<std::optional<job_info>> next(job_listing_ptr of) {
    must_be(of);
    co_return co_await deliver(of->executor(), of->next());
}

} // namespace tug::detail
