#include "listing_state.hpp"

#include "at_home.hpp"
#include "file_wire.hpp"

#include <tug/detail/file_calls.hpp>
#include <tug/listing.hpp>

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

asio::awaitable<proto::result<std::optional<file_entry>>> listing_state::next() {
    const auto self = shared_from_this();
    const auto line = co_await next_line();
    if (!line) co_return line.error();
    if (!*line) co_return std::optional<file_entry>();
    auto entry = proto::file_list_entry::parse(**line);
    if (!entry) co_return failure(errc::protocol_violation, "a line of the listing: " + entry.error().message);
    co_return std::optional(from_wire(std::move(*entry)));
}

asio::awaitable<std::optional<file_entry>> next(listing_ptr of) {
    must_be(of);
    co_return co_await deliver(of->executor(), of->next());
}

} // namespace tug::detail
