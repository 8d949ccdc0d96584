#pragma once

#include "job_record.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace tug::worker {

/// What is to be done next for a message.
enum class step {
    read,        ///< The record of the job: on_record().
    write,       ///< record() over revision(), 0: where there is none: on_written() or on_conflict().
    choose,      ///< A host that is not among tried(): on_host().
    look,        ///< Whether the host knows the job: on_look().
    send,        ///< The input files: on_done().
    start,       ///< The job: on_done().
    wait,        ///< For its end: on_ended().
    collect,     ///< The tail of its output and its output files: on_collected().
    pause,       ///< For a moment: on_done().
    acknowledge, ///< The message, which then is gone. If may_forget(), its host may forget the job after that.
    reject,      ///< The message, which is no request.
    give_back,   ///< The message, for any worker at a later time.
    leave,       ///< The message as it is: another worker has it.
};

/// What a worker does about one delivery of one message, without I/O: each call says what has come of a step and brings
/// the next one.
///
/// It starts a job at most once: under the name of the message, on the one host that the record names, which was
/// written before; and no message is acknowledged before the record tells how the job ended. A delivery that comes
/// while an older one of the same message may still be at work takes the record over; the older one finds that its
/// revision is gone, and leaves. So of all deliveries one writes the end.
class delivery {
public:
    using time = std::chrono::steady_clock::time_point;

    struct settings {
        std::string owner;         ///< No other delivery has it.
        std::uint64_t message = 0; ///< The sequence of the message in its stream.
        /// How long a host that may run the job is waited for.
        std::chrono::milliseconds lost_after{600'000};
    };

    delivery(settings how, result<job_request> asked);

    [[nodiscard]] const job_record& record() const noexcept { return record_; }

    [[nodiscard]] std::uint64_t revision() const noexcept { return revision_; }

    [[nodiscard]] const std::set<std::string>& tried() const noexcept { return tried_; }

    /// Precondition: a request was read.
    [[nodiscard]] const job_request& request() const { return asked_.value(); }

    /// No other delivery can have asked a host for the job, so none can start it anew once it is forgotten.
    [[nodiscard]] bool may_forget() const noexcept { return may_forget_; }

    [[nodiscard]] step begin() { return go(step::read); }

    [[nodiscard]] step on_record(std::optional<stored_record> found);
    [[nodiscard]] step on_written(std::uint64_t revision);

    [[nodiscard]] step on_conflict() { return go(step::read); }

    [[nodiscard]] step on_host(std::optional<std::string> chosen);
    [[nodiscard]] step on_look(bool known);
    [[nodiscard]] step on_done();
    [[nodiscard]] step on_ended(boost::json::object result);
    [[nodiscard]] step on_collected(boost::json::object more);
    /// `sent`: the host may have got the call that failed.
    [[nodiscard]] step on_failure(const failure& why, bool sent, time now);

private:
    [[nodiscard]] step go(step next) { return current_ = next; }

    [[nodiscard]] step is_written();
    [[nodiscard]] step first_claim();
    [[nodiscard]] step take_over(const stored_record& found);
    [[nodiscard]] step prepare();
    [[nodiscard]] step end_as(record_state state, const failure& why);
    [[nodiscard]] step elsewhere(const failure& why);
    [[nodiscard]] step again(const failure& why, time now);

    settings how_;
    result<job_request> asked_;
    job_record record_;
    std::uint64_t revision_ = 0;
    step current_ = step::read;
    step after_pause_ = step::read;
    std::set<std::string> tried_; ///< Hosts that have refused it.
    failure refusal_;             ///< Of the last of them.
    std::optional<time> failing_since_;
    boost::json::object result_;
    bool owned_ = false; ///< The record was written by this delivery.
    bool may_forget_ = false;
    bool maybe_started_ = false; ///< The host of the record may have the job, so no other one may get it.
};

} // namespace tug::worker
