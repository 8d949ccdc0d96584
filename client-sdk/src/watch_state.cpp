#include "watch_state.hpp"

#include "at_home.hpp"

#include <tug/proto/file_watch_messages.hpp>

#include <utility>

namespace tug {

static_assert(static_cast<int>(proto::watch_event::unwatched) == static_cast<int>(watch_event_kind::unwatched));

std::string_view name_of(watch_event_kind kind) noexcept {
    return proto::name_of(static_cast<proto::watch_event>(kind));
}

watch::watch(std::shared_ptr<detail::watch_state> state) noexcept : state_(std::move(state)) {}

watch::watch(watch&& other) noexcept : state_(std::move(other.state_)) {}

watch& watch::operator=(watch&& other) noexcept {
    if (this != &other) detail::release_at_home(std::exchange(state_, std::move(other.state_)));
    return *this;
}

watch::~watch() {
    detail::release_at_home(std::move(state_));
}

} // namespace tug

namespace tug::detail {

namespace asio = boost::asio;

namespace {

watch_event event_of(proto::file_watch_line said) {
    watch_event out;
    out.kind = static_cast<watch_event_kind>(said.event);
    out.path = std::move(said.path);
    out.from = std::move(said.from);
    out.directory = said.directory;
    out.error = std::move(said.error);
    return out;
}

/// It lives as long as its handle: without a time limit.
asio::awaitable<proto::result<watch>> begin(session_ptr s, proto::file_watch_params params) {
    auto begun = co_await s->begin_call(params);
    if (!begun) co_return begun.error();
    co_return watch(std::make_shared<watch_state>(s, std::move(*begun)));
}

} // namespace

asio::any_io_executor home_of(const watch_ptr& of) {
    if (of) return of->executor();
    return asio::system_executor();
}

asio::awaitable<watch> begin_watch(session_ptr s, std::string path, depth how) {
    must_be(s);
    proto::file_watch_params params;
    params.path = std::move(path);
    params.recursive = how == depth::all;
    co_return co_await deliver(s->executor(), begin(s, std::move(params)));
}

asio::awaitable<proto::result<std::optional<watch_event>>> watch_state::next() {
    const auto self = shared_from_this();
    const auto line = co_await next_line();
    if (!line) co_return line.error();
    if (!*line) co_return std::optional<watch_event>();
    auto event = proto::file_watch_line::parse(**line);
    if (!event) co_return failure(errc::protocol_violation, "an event: " + event.error().message);
    co_return std::optional(event_of(std::move(*event)));
}

asio::awaitable<std::optional<watch_event>> next(watch_ptr of) {
    must_be(of);
    co_return co_await deliver(of->executor(), of->next());
}

} // namespace tug::detail
