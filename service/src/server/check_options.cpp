#include "server/check_options.hpp"

#include "auth/forward_rules.hpp"
#include "server/address_network.hpp"

#include <tug/os/path_text.hpp>

#include <optional>
#include <string>

namespace tug::service {

namespace {

/// The first of all that is wrong.
class findings {
public:
    /// A limit of 0 would be a trap, whichever way it is read.
    template <class T>
    void positive(const T& value, const char* name) {
        if (value <= T{}) add(name, "is 0; a limit is at least 1, there is no unlimited");
    }

    template <class T>
    void within(const T& value, const T& lowest, const T& highest, const char* name) {
        if (value < lowest || value > highest)
            add(name, "is not " + std::to_string(lowest) + " to " + std::to_string(highest) + " bytes");
    }

    void add(const char* name, const std::string& what) {
        if (!first_) first_ = proto::failure::bad_field(name, what);
    }

    [[nodiscard]] proto::result<void> result() const {
        if (first_) return *first_;
        return {};
    }

private:
    std::optional<proto::failure> first_;
};

/// What no client of ours would accept from rpc.hello is refused here.
void check_sizes(const options& o, findings& found) {
    using size = std::uint64_t;
    found.within<size>(o.limits.envelope, proto::login_envelope_limit, proto::max_envelope, "limits.envelope");
    found.within<size>(o.limits.body, 1, proto::max_body, "limits.body");
    found.within<size>(o.limits.window, 1, proto::max_window, "limits.window");
    found.within<size>(o.max_window, o.limits.window, size{1} << 30U, "max_window");
}

void check_limits(const options& o, findings& found) {
    found.positive(o.max_buffered, "max_buffered");
    found.positive(o.limits.in_flight, "limits.in_flight");
    found.positive(o.limits.long_in_flight, "limits.long_in_flight");
    found.positive(o.file_threads, "file_threads");
    found.positive(o.start_threads, "start_threads");
    found.positive(o.connections, "connections");
    found.positive(o.unauthenticated, "unauthenticated");
    found.positive(o.unauthenticated_per_source, "unauthenticated_per_source");
    found.positive(o.commands, "commands");
    found.positive(o.jobs, "jobs");
    found.positive(o.kept_jobs, "kept_jobs");
    found.positive(o.job_bytes, "job_bytes");
    found.positive(o.recording.session_bytes, "recording.session_bytes");
    found.positive(o.recording.all_bytes, "recording.all_bytes");
    found.positive(o.command.argv, "command.argv");
    found.positive(o.command.env, "command.env");
    found.positive(o.bad_logins.most, "bad_logins.most");
    found.positive(o.bad_logins.sources, "bad_logins.sources");
}

void check_times(const options& o, findings& found) {
    found.positive(o.keep_partial, "keep_partial");
    found.positive(o.timeouts.envelope, "timeouts.envelope");
    found.positive(o.timeouts.body, "timeouts.body");
    found.positive(o.timeouts.write, "timeouts.write");
    found.positive(o.opening_time, "opening_time");
    found.positive(o.failed_login_delay, "failed_login_delay");
    found.positive(o.bad_logins.first, "bad_logins.first");
    found.positive(o.bad_logins.last, "bad_logins.last");
    if (o.bad_logins.last < o.bad_logins.first) found.add("bad_logins.last", "is shorter than bad_logins.first");
}

void check_networks(const options& o, findings& found) {
    for (const auto* rules : {&o.allow_connect, &o.allow_listen})
        for (const auto& rule : *rules)
            if (!forward_rule::parse(rule))
                found.add("allow_connect or allow_listen",
                          "has " + os::quoted(rule) + ", which is neither HOST:PORT nor unix:PATTERN");
    for (const auto& peer : o.proxy_from)
        if (!address_network::parse(peer))
            found.add("proxy_from", "has " + os::quoted(peer) + ", which is no address and no network");
}

} // namespace

proto::result<void> check_options(const options& o) {
    findings found;
    check_sizes(o, found);
    check_limits(o, found);
    check_times(o, found);
    check_networks(o, found);
    return found.result();
}

} // namespace tug::service
