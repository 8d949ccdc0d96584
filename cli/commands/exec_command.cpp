#include "exec_command.hpp"

#include "cli/arguments/exit_codes.hpp"
#include "cli/local/report.hpp"
#include "cli/reconnect/terminal_session.hpp"
#include "exec_output.hpp"

#include <tug/signals.hpp>

#include <cstdint>
#include <string>

namespace tug::cli {

command command_for(const options& o) {
    auto what = o.exec.login && o.exec.shell ? command::login(*o.exec.shell)
                : o.exec.login               ? command::login()
                : o.exec.shell               ? command::shell(*o.exec.shell)
                                             : command(o.exec.argv);
    if (o.exec.cwd) what.in(*o.exec.cwd);
    if (o.exec.user) what.user(*o.exec.user);
    for (const auto& [name, value] : o.exec.env) what.env(name, value);
    what.clear_env(o.exec.clear_env).keep_children(o.exec.keep_children);
    what.with_stdin(o.exec.with_stdin || has_keyboard(o));
    what.merge(o.exec.merge);
    if (o.exec.grace) what.grace(*o.exec.grace);
    if (o.timeout) what.timeout(*o.timeout);
    if (o.exec.limits) what.limits(*o.exec.limits);
    if (o.exec.output_limit) what.output_limit(*o.exec.output_limit);
    if (o.json && !o.exec.output_limit && !o.fan.many()) what.output_limit(exec_output::default_limit);
    return what;
}

boost::json::object json_of(const exec_result& r) {
    boost::json::object out{{"reason", name_of(r.reason)}};
    if (r.exit_code) out["exit_code"] = *r.exit_code;
    if (r.signal) out["signal"] = *r.signal;
    out["usage"] = {
        {"user_us", r.usage.user_us}, {"system_us", r.usage.system_us}, {"max_rss_bytes", r.usage.max_rss_bytes}};
    out["wall_us"] = r.wall.count();
    if (r.contained_by) out["containment"] = name_of(*r.contained_by);
    if (r.survivors) out["survivors"] = *r.survivors;
    return out;
}

namespace {

/// Says that something of the command is still there.
void tell_survivors(exec_reason reason, std::uint64_t survivors) {
    std::string line(name_of(reason));
    line.append(": ").append(std::to_string(survivors));
    line.append(survivors == 1 ? " process" : " processes").append(" of the command could not be ended");
    print_error(line, "the kernel holds what is left, or tugd lacks the privileges to signal it");
}

} // namespace

int exit_code_of(const exec_result& r) {
    switch (r.reason) {
    case exec_reason::timed_out: return exit_code::exec_timed_out;
    case exec_reason::cancelled: return exit_code::exec_cancelled;
    case exec_reason::output_limit:
    case exec_reason::memory_limit:
    case exec_reason::cpu_limit: return exit_code::exec_tug_failed;
    case exec_reason::exited:
    case exec_reason::signaled: break;
    }
    if (r.signal) {
        const auto number = signal_number(*r.signal);
        return number ? exit_code::exec_signal_base + *number : exit_code::exec_tug_failed;
    }
    return r.exit_code.value_or(exit_code::exec_tug_failed);
}

void explain(const exec_result& r, bool json) {
    const bool by_itself = r.reason == exec_reason::exited || r.reason == exec_reason::signaled;
    if (r.survivors.value_or(0) > 0) {
        if (!by_itself || !json) tell_survivors(r.reason, *r.survivors);
        return;
    }
    switch (r.reason) {
    case exec_reason::exited:
    case exec_reason::signaled: break;
    case exec_reason::timed_out:
        return print_error("timed_out: the command was ended", "allow more time with --timeout");
    case exec_reason::output_limit:
        return print_error("output_limit: the command wrote more and was ended", "allow more with --output-limit");
    case exec_reason::memory_limit:
        return print_error("memory_limit: the command wanted more memory and was ended", "let it work on less at once");
    case exec_reason::cpu_limit:
        return print_error("cpu_limit: the command used more processor time and was ended", "let it do less at once");
    case exec_reason::cancelled:
        return print_error("cancelled: the command was ended",
                           r.survivors ? "nothing to do, its whole process tree is gone"
                                       : "tugd does not say whether its whole process tree is gone: see `ps` there");
    }
}

} // namespace tug::cli
