#include "job_listing_state.hpp"

#include "at_home.hpp"
#include "job_wire.hpp"

#include <tug/jobs.hpp>

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

asio::awaitable<proto::result<std::optional<job_info>>> job_listing_state::next() {
    const auto self = shared_from_this();
    const auto line = co_await next_line();
    if (!line) co_return line.error();
    if (!*line) co_return std::optional<job_info>();
    auto info = proto::job_info::parse(**line);
    if (!info) co_return failure(errc::protocol_violation, "a line of the listing: " + info.error().message);
    co_return std::optional(from_wire(std::move(*info)));
}

asio::awaitable<std::optional<job_info>> next(job_listing_ptr of) {
    must_be(of);
    co_return co_await deliver(of->executor(), of->next());
}

} // namespace tug::detail
