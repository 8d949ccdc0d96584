#include "delivery.hpp"

#include <utility>

namespace tug::worker {

namespace {

/// What says nothing of the job: the same call may succeed later.
bool may_pass(errc code) noexcept {
    switch (code) {
    case errc::connection_lost:
    case errc::client_closed:
    case errc::connect_failed:
    case errc::connect_timed_out:
    case errc::busy:
    case errc::shutting_down:
    case errc::rate_limited:
    case errc::no_space:
    case errc::timed_out:
    case errc::unsupported: // by this host
        return true;
    default: return false;
    }
}

/// The host has got the start, and whether it has done it is not known: its answer is missing, or says that something
/// broke there, as the holder of a job that had begun. Asked again it knows the job.
bool is_unclear(errc code) noexcept {
    switch (code) {
    case errc::connection_lost:
    case errc::client_closed:
    case errc::timed_out:
    case errc::internal_error:
    case errc::io_error:
    case errc::protocol_violation:
    case errc::unknown_error: return true;
    default: return false;
    }
}

} // namespace

delivery::delivery(settings how, result<job_request> asked) : how_(std::move(how)), asked_(std::move(asked)) {
    record_.owner = how_.owner;
    record_.message = how_.message;
}

// --- the record ------------------------------------------------------------------------------------------------------

step delivery::on_record(std::optional<stored_record> found) {
    if (found && found->what.is_over()) return go(asked_ ? step::acknowledge : step::reject);
    if (found && found->what.message != how_.message) return go(asked_ ? step::acknowledge : step::reject);
    if (found && found->what.owner == how_.owner) { // it was written, and the answer was lost
        revision_ = found->revision;
        if (found->what.state == record_.state && found->what.host == record_.host) return is_written();
        owned_ = true;
        return go(step::write);
    }
    if (found && owned_) return go(step::leave);
    if (!found) revision_ = 0;
    if (!found && owned_) return go(step::write); // the bucket has dropped it
    return found ? take_over(*found) : first_claim();
}

step delivery::first_claim() {
    if (!asked_) return end_as(record_state::failed, asked_.error());
    return go(step::choose);
}

step delivery::take_over(const stored_record& found) {
    record_ = found.what;
    record_.owner = how_.owner;
    ++record_.claims;
    revision_ = found.revision;
    maybe_started_ = true;
    return go(step::write);
}

step delivery::on_written(std::uint64_t revision) {
    revision_ = revision;
    return is_written();
}

step delivery::is_written() {
    const bool first = !std::exchange(owned_, true);
    may_forget_ = record_.state == record_state::ended && record_.claims == 1;
    if (record_.is_over()) return go(asked_ ? step::acknowledge : step::reject);
    if (record_.state == record_state::started) return go(step::wait);
    return first && maybe_started_ ? go(step::look) : prepare();
}

// --- the host --------------------------------------------------------------------------------------------------------

step delivery::on_host(std::optional<std::string> chosen) {
    if (chosen) {
        record_.host = std::move(*chosen);
        return go(step::write);
    }
    if (!owned_) return go(step::give_back);
    if (refusal_.code == errc::unsupported) return end_as(record_state::failed, refusal_); // by all of them
    tried_.clear();
    after_pause_ = step::choose;
    return go(step::pause);
}

step delivery::on_look(bool known) {
    failing_since_.reset();
    if (!known) return prepare();
    record_.state = record_state::started;
    return go(step::write);
}

step delivery::prepare() {
    return go(request().in.empty() ? step::start : step::send);
}

step delivery::on_done() {
    if (current_ == step::pause) return go(after_pause_);
    failing_since_.reset();
    if (current_ == step::send) return go(step::start);
    record_.state = record_state::started;
    return go(step::write);
}

step delivery::on_ended(boost::json::object result) {
    failing_since_.reset();
    result_ = std::move(result);
    return go(step::collect);
}

step delivery::on_collected(boost::json::object more) {
    record_.state = record_state::ended;
    record_.more = std::move(more);
    record_.more["result"] = std::move(result_);
    return go(step::write);
}

// --- failures --------------------------------------------------------------------------------------------------------

step delivery::on_failure(const failure& why, bool sent, time now) {
    const bool unclear = current_ == step::start && sent && is_unclear(why.code);
    maybe_started_ = maybe_started_ || unclear;
    if (why.code == errc::job_lost || (current_ == step::wait && why.code == errc::not_found))
        return end_as(record_state::unknown, why);
    const bool before_start = current_ == step::send || current_ == step::start;
    if (sent && before_start && !unclear && !may_pass(why.code)) return end_as(record_state::failed, why);
    if (before_start && !maybe_started_) return elsewhere(why);
    return again(why, now);
}

step delivery::end_as(record_state state, const failure& why) {
    record_.state = state;
    record_.more["error"] = failure_object(why);
    return go(step::write);
}

/// Nothing was started: any other host may have it.
step delivery::elsewhere(const failure& why) {
    tried_.insert(record_.host);
    refusal_ = why;
    return go(step::choose);
}

/// The host of the record has to come back.
step delivery::again(const failure& why, time now) {
    if (!failing_since_) failing_since_ = now;
    if (now - *failing_since_ >= how_.lost_after) {
        if (current_ != step::collect) return end_as(record_state::unknown, why);
        boost::json::object more;
        more["error"] = failure_object(why);
        return on_collected(std::move(more));
    }
    after_pause_ = current_;
    return go(step::pause);
}

} // namespace tug::worker
