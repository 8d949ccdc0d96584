#pragma once

#include <tug/detail/audit_calls.hpp>
#include <tug/detail/initiate.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tug {

enum class audit_event_kind {
    unknown, ///< A later tugd tells more than this library knows.
    ready,   ///< From here on everything is told.
    login,   ///< A client has logged in, or was refused: `outcome`.
    began,   ///< A call is in flight.
    call,    ///< A call was answered: `outcome`. One that was answered at once, or refused, has not begun before.
    revoked, ///< A connection was ended, because its key was: `why`.
    lost,    ///< So many events are missing, because they were not taken in time: `lost`.
};

/// "ready", "login", "began", "call", "revoked", "lost"; empty for unknown.
[[nodiscard]] std::string_view name_of(audit_event_kind kind) noexcept;

/// Something that a client of tugd did. What an event does not say is empty, or 0.
struct audit_event {
    audit_event_kind kind = audit_event_kind::unknown;
    std::string time;       ///< By the clock of the host: "2026-11-29T07:20:57.123Z".
    std::string peer;       ///< The address of the client.
    std::string key;        ///< Its key; empty where it named none that there is, and where tugd has no keys.
    std::uint64_t call = 0; ///< By this number `began` and `call` belong together.
    std::string method;     ///< "exec".
    std::string subject;    ///< The path, argv[0], job or address that the call is about.
    bool subject_is_cut = false;
    std::string outcome;     ///< "ok", the name of an error, or how a command ended: "exited 0".
    std::uint64_t bytes = 0; ///< Of the streams of the call.
    std::chrono::milliseconds took{0};
    std::chrono::milliseconds refused_for{0}; ///< Of a login: for so long its source is refused from now on.
    std::string recording;                    ///< The file on the host that the terminal session was recorded in.
    std::string traceparent;                  ///< W3C Trace Context, as the client sent it.
    std::string tracestate;
    std::string why; ///< Of revoked.
    std::uint64_t lost = 0;
};

/// What all clients of a tugd do, as it happens, made by client::follow_audit():
///
///     auto feed = co_await client.follow_audit();
///     while (auto event = co_await feed.next()) use(*event);
///
/// A program that does not take its events costs neither side memory: what it misses then is `lost`. Destroying it ends
/// the call. Tokens, errors and threads: as client. One call at a time waits for the next event.
class audit_feed {
public:
    audit_feed() = default;
    explicit audit_feed(std::shared_ptr<detail::audit_feed_state> state) noexcept;
    audit_feed(audit_feed&& other) noexcept;
    audit_feed& operator=(audit_feed&& other) noexcept;
    ~audit_feed();

    /// The next event. Fails with permission_denied where the key may not see them, busy where too many clients follow
    /// already, method_not_found where tugd is older, or because the connection was lost. Cancellation stops the wait
    /// and nothing else.
    template <detail::token_for<std::optional<audit_event>> Token = detail::default_token>
    [[nodiscard]] auto next(Token&& token = Token()) {
        return detail::initiate(detail::next(state_), state_, std::forward<Token>(token));
    }

private:
    std::shared_ptr<detail::audit_feed_state> state_;
};

} // namespace tug
