#include "audit_feed_state.hpp"

#include "at_home.hpp"

#include <tug/proto/audit_messages.hpp>

#include <utility>

namespace tug {

static_assert(static_cast<int>(proto::audit_event_kind::lost) == static_cast<int>(audit_event_kind::lost));

std::string_view name_of(audit_event_kind kind) noexcept {
    return proto::name_of(static_cast<proto::audit_event_kind>(kind));
}

audit_feed::audit_feed(std::shared_ptr<detail::audit_feed_state> state) noexcept : state_(std::move(state)) {}

audit_feed::audit_feed(audit_feed&& other) noexcept : state_(std::move(other.state_)) {}

audit_feed& audit_feed::operator=(audit_feed&& other) noexcept {
    if (this != &other) detail::release_at_home(std::exchange(state_, std::move(other.state_)));
    return *this;
}

audit_feed::~audit_feed() {
    detail::release_at_home(std::move(state_));
}

} // namespace tug

namespace tug::detail {

namespace asio = boost::asio;

namespace {

audit_event told_event(proto::audit_event said) {
    audit_event out;
    out.kind = static_cast<audit_event_kind>(said.event);
    out.time = std::move(said.time);
    out.peer = std::move(said.peer).value_or("");
    out.key = std::move(said.key).value_or("");
    out.call = said.call.value_or(0);
    out.method = std::move(said.method).value_or("");
    out.subject = std::move(said.subject).value_or("");
    out.subject_is_cut = said.cut;
    out.outcome = std::move(said.outcome).value_or("");
    out.bytes = said.bytes.value_or(0);
    out.took = std::chrono::milliseconds(said.ms.value_or(0));
    out.refused_for = std::chrono::milliseconds(said.refused_ms.value_or(0));
    out.recording = std::move(said.recording);
    out.traceparent = std::move(said.traceparent);
    out.tracestate = std::move(said.tracestate);
    out.why = std::move(said.why);
    out.lost = said.lines.value_or(0);
    return out;
}

/// It lives as long as its handle: without a time limit.
asio::awaitable<proto::result<audit_feed>> begin_feed(session_ptr s) {
    auto begun = co_await s->begin_call(proto::audit_follow_params());
    if (!begun) co_return begun.error();
    co_return audit_feed(std::make_shared<audit_feed_state>(s, std::move(*begun)));
}

} // namespace

asio::any_io_executor home_of(const audit_feed_ptr& of) {
    if (of) return of->executor();
    return asio::system_executor();
}

asio::awaitable<audit_feed> follow_audit(session_ptr s) {
    must_be(s);
    co_return co_await deliver(s->executor(), begin_feed(s));
}

asio::awaitable<proto::result<std::optional<audit_event>>> audit_feed_state::next() {
    const auto self = shared_from_this();
    const auto line = co_await next_line();
    if (!line) co_return line.error();
    if (!*line) co_return std::optional<audit_event>();
    auto event = proto::audit_event::parse(**line);
    if (!event) co_return failure(errc::protocol_violation, "an event: " + event.error().message);
    co_return std::optional(told_event(std::move(*event)));
}

asio::awaitable<std::optional<audit_event>> next(audit_feed_ptr of) {
    must_be(of);
    co_return co_await deliver(of->executor(), of->next());
}

} // namespace tug::detail
