#include "auth/rules_told.hpp"
#include "endpoints/endpoints.hpp"
#include "metrics/totals.hpp"
#include "os/host_facts.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"
#include "server/limits_told.hpp"

#include <tug/net/blocking.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

template <class Duration>
std::uint64_t milliseconds(Duration time) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

proto::usage_figures usage_of(const quota& of) {
    return {of.taken(), of.most()};
}

void add_host(proto::info_result& to) {
    auto facts = facts_of_host();
    to.hostname = std::move(facts.hostname);
    to.os = std::move(facts.os);
    to.kernel = std::move(facts.kernel);
    to.arch = std::move(facts.arch);
    to.cores = facts.cores;
    to.load = facts.load;
    to.memory = facts.memory;
    to.time_ms = milliseconds(std::chrono::system_clock::now().time_since_epoch());
}

/// What is "/" to the caller.
void add_root(proto::info_result& to, const served_root& files, const caller& who) {
    using figures = std::pair<proto::directory_figures, bool>;
    const auto found = in_root_of(files, who, [](const os::root& r) -> proto::result<figures> {
        return figures(figures_of_directory(r.descriptor()), r.uses_kernel());
    });
    if (!found) {
        to.root.error = found.error().os_error.empty() ? std::string("EIO") : found.error().os_error;
        return;
    }
    to.root = found->first;
    to.lookup = found->second ? proto::path_lookup::openat2 : proto::path_lookup::walk;
}

void add_jobs(proto::info_result& to, const job_store& jobs, const options& o) {
    const auto now = jobs.counts();
    to.jobs = {now.running, o.jobs};
    to.kept_jobs = {now.kept, o.kept_jobs};
    to.state = figures_of_directory(jobs.descriptor());
}

proto::recording_rule rule_of(const recording_options& how) {
    if (how.directory.empty()) return proto::recording_rule::off;
    return how.all ? proto::recording_rule::all : proto::recording_rule::keys;
}

/// Nothing where the server speaks no TLS, or where that was before the epoch.
std::optional<std::uint64_t> certificate_end(const context& shared) {
    const auto tls = shared.tls();
    const auto ends = tls ? tls->certificate_ends() : std::nullopt;
    if (!ends || ends->time_since_epoch().count() < 0) return std::nullopt;
    return milliseconds(ends->time_since_epoch());
}

proto::info_result info_for(const context& shared, const caller& who) {
    proto::info_result out;
    out.server = "tug/" TUG_VERSION;
    const auto& user = shared.command_user();
    out.user = user.name.empty() ? std::to_string(user.uid) : user.name;
    out.uptime_ms = milliseconds(std::chrono::steady_clock::now() - shared.begun);
    out.draining = shared.draining;
    add_host(out);
    add_root(out, shared.files, who);
    out.commands = usage_of(shared.commands);
    out.connections = {shared.admissions.connections(), shared.settings.connections};
    out.descriptors = descriptor_usage();
    out.window_bytes = {shared.buffered->charged(), shared.settings.max_buffered};
    if (shared.jobs) add_jobs(out, *shared.jobs, shared.settings);
    out.contained_by = shared.cgroups_hold ? proto::containment::cgroup : proto::containment::session;
    out.cgroups = !shared.cgroups->parent().empty();
    out.recording = rule_of(shared.settings.recording);
    out.certificate_ends_ms = certificate_end(shared);
    if (who.rules) out.rules = rules_told(*who.rules);
    out.limits = limits_told(shared.settings);
    out.totals = totals_of(shared);
    return out;
}

} // namespace

/// On a file thread: the file system of the root may hang.
asio::awaitable<answer> info(context& shared, call& c, proto::info_params) {
    const auto look = [&]() -> proto::result<proto::info_result> { return info_for(shared, c.who()); };
    const auto found = co_await net::run_blocking(c.files(), look);
    if (found) co_return json::value(found->to_json());
    if (found.error().code == proto::errc::cancelled && c.why_cancelled() != cancel_reason::none)
        co_return failure_of(c.why_cancelled());
    co_return found.error();
}

} // namespace tug::service
