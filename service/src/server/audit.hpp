#pragma once

#include "server/audit_followers.hpp"
#include "server/line_writer.hpp"
#include "tug/service/call.hpp"
#include "tug/service/log.hpp"

#include <tug/proto/audit_messages.hpp>
#include <tug/proto/error.hpp>
#include <tug/proto/trace_context.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tug::service {

/// Who did what: an event for each login, good or bad, and for each call. They go to the log, or as a JSON object a
/// line to a file or a standard stream of their own, and as that line to those who follow. Neither bodies nor arguments
/// nor environments are in it, nor what a client that failed to log in has called itself unless that is the id of a
/// key. Thread safe. For a file of its own and for those who follow it never waits; every thread writes to the log.
class audit {
public:
    /// `where` as options::audit. Fails with io_error for a file that cannot be opened.
    [[nodiscard]] static proto::result<std::unique_ptr<audit>> open(const std::string& where,
                                                                    std::shared_ptr<const log> logger);

    /// Whether an event of that weight goes anywhere; nothing is to be put together for one that does not.
    [[nodiscard]] bool enabled(log_level level) const noexcept {
        return file_ != nullptr || followers_.any() || (to_log_ && logger_->enabled(level));
    }

    /// Those who are told what is written, and what begins.
    [[nodiscard]] audit_followers& followers() noexcept { return followers_; }

    [[nodiscard]] const audit_followers& followers() const noexcept { return followers_; }

    void logged_in(const caller& who) const;

    /// `key_id` is empty where there is no such key. `penalty`: for so long its source is refused from now on.
    void login_failed(std::string_view peer, std::string_view key_id, std::chrono::milliseconds penalty) const;

    /// The connection is ended since its key was.
    void revoked(const caller& who, std::string_view why) const;

    /// See line_writer. False where there is no file.
    [[nodiscard]] proto::result<bool> reopen();

    /// Sets the time of the event. Precondition: enabled().
    void write(log_level level, proto::audit_event event) const;

    /// Tells those alone who follow.
    void tell(proto::audit_event event) const;

    /// A number for a call.
    [[nodiscard]] std::uint64_t next_call() const noexcept { return ++calls_; }

    /// Lines for one who follows: that he does, and that he missed so many.
    [[nodiscard]] static std::string ready_line();
    [[nodiscard]] static std::string lost_line(std::uint64_t lines);

private:
    audit(std::shared_ptr<const log> logger, bool to_log, std::unique_ptr<line_writer> file);

    std::shared_ptr<const log> logger_;
    bool to_log_;
    std::unique_ptr<line_writer> file_;
    audit_followers followers_;
    mutable std::atomic<std::uint64_t> calls_ = 0;
};

/// What the audit says of a call once it is answered: who called what, on which file or program, how it ended, how many
/// bytes its streams carried and how long it took. Costs nothing where that goes nowhere.
class audit_line {
public:
    /// Says nothing.
    audit_line() = default;

    /// `trace` is null where the request said none.
    audit_line(const audit& to, std::string_view method, const boost::json::object* params,
               const proto::trace_context* trace = nullptr);

    /// It is in flight.
    void begin(const caller& who) const;

    void write(const caller& who, const answer& outcome, std::uint64_t bytes, std::string_view recording = {}) const;

private:
    [[nodiscard]] proto::audit_event event(proto::audit_event_kind kind, const caller& who) const;

    const audit* to_ = nullptr; ///< Null where nothing is to be said.
    std::uint64_t number_ = 0;
    std::string method_;
    proto::trace_context trace_; ///< Empty: none.
    std::string subject_;        ///< The path, or argv[0]; empty where there is neither.
    std::chrono::steady_clock::time_point begin_{};
};

} // namespace tug::service
