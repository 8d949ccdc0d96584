#include "flags.hpp"

#include <tug/proto/limits.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace tug::service {

namespace {

/// 1 TiB.
constexpr std::uint64_t most_buffered = std::uint64_t{1} << 40U;

/// 1 PiB.
constexpr std::uint64_t most_job_bytes = std::uint64_t{1} << 50U;

std::chrono::milliseconds milliseconds_of(double seconds) {
    return std::chrono::milliseconds(std::llround(seconds * 1000));
}

} // namespace

void limit_flags::declare(flag_maker& make) {
    const auto count = whole_number(1, 1'000'000);
    const auto time = seconds(0.001, 86'400);
    make.group("Limits; none may be 0");
    make.value("max-envelope", server.limits.envelope, "Bytes of an envelope; 4096 before login")
        ->transform(whole_number(proto::login_envelope_limit, proto::max_envelope));
    make.value("max-body", server.limits.body, "Bytes of the body of a frame")
        ->transform(whole_number(1, proto::max_body));
    make.value("max-window", server.max_window, "Bytes that may wait in one stream, where the link is long")
        ->transform(whole_number(1, std::uint64_t{1} << 30U));
    make.value("max-buffered", server.max_buffered,
               "Bytes that all streams have together when no window grows any more")
        ->transform(whole_number(1, most_buffered));
    make.value("max-in-flight", server.limits.in_flight, "Commands, files, trees and lists in flight on one connection")
        ->transform(count);
    make.value("max-long-in-flight", server.limits.long_in_flight,
               "Terminals, tunnels and calls that wait in flight on one connection")
        ->transform(count);
    make.value("max-connections", server.connections, "Connections at once")->transform(count);
    make.value("max-unauthenticated", server.unauthenticated,
               "Connections at once that have not logged in; the oldest makes room")
        ->transform(count);
    make.value("max-unauthenticated-per-source", server.unauthenticated_per_source, "Of these, from one address")
        ->transform(count);
    make.value("max-commands", server.commands, "Commands that run at once")->transform(count);
    make.value("max-jobs", server.jobs, "Jobs that run at once")->transform(count);
    make.value("max-kept-jobs", server.kept_jobs, "Jobs that run, or have ended and were not removed")
        ->transform(count);
    make.value("max-job-bytes", server.job_bytes, "Bytes of output that all jobs may keep together")
        ->transform(whole_number(1, most_job_bytes));
    make.value("max-command-memory", server.most_resources.memory_bytes,
               "Bytes that a command may have, all its processes together; needs cgroups with the memory controller")
        ->transform(whole_number(1, proto::max_integer));
    make.value("max-command-processes", server.most_resources.processes,
               "Processes that a command may have at once; needs cgroups with the pids controller")
        ->transform(whole_number(1, 1'000'000'000));
    make.value("max-command-cpu", command_cpu, "Seconds of processor time that each process of a command may use")
        ->transform(whole_number(1, 1'000'000'000));
    make.value("max-recording", server.recording.session_bytes, "Bytes of the recording of one terminal session")
        ->transform(whole_number(4096, most_buffered));
    make.value("max-recordings", server.recording.all_bytes,
               "Bytes of all recordings; the oldest make room for the next")
        ->transform(whole_number(4096, most_buffered));
    make.value("file-threads", server.file_threads,
               "Threads for files, over all connections; one connection has half of them at most")
        ->transform(whole_number(1, 1024));
    make.value("start-threads", server.start_threads,
               "Threads that start commands, over all connections; one connection has half of them at most")
        ->transform(whole_number(1, 1024));
    make.value("keep-partial", keep_partial, "Seconds for which an interrupted put can be gone on with")
        ->transform(whole_number(1, 31'536'000));
    make.value("max-argv", server.command.argv, "Items of the argv of a command")->transform(count);
    make.value("max-env", server.command.env, "Variables that a client sets for a command")->transform(count);
    make.value("max-failed-logins", server.bad_logins.most,
               "Failed logins of one address, without a good one between, before it is refused for a while")
        ->transform(count);
    make.value("max-failing-sources", server.bad_logins.sources, "Addresses with failed logins that are remembered")
        ->transform(count);
    make.value("login-penalty", first_penalty, "Seconds that it is refused; doubled by each further failure")
        ->transform(time);
    make.value("max-login-penalty", last_penalty, "Seconds that it is refused at most")->transform(time);
    make.value("login-time", opening, "Seconds from accept to the end of the login")->transform(time);
    make.value("failed-login-delay", failed_login_delay, "Seconds before a failed login is answered")->transform(time);
    make.value("envelope-time", envelope_time, "Seconds from the first to the last byte of an envelope")
        ->transform(time);
    make.value("body-time", body_time, "Seconds without a byte inside of a body")->transform(time);
    make.value("write-time", write_time, "Seconds without a read by the client while something waits for it")
        ->transform(time);
}

void limit_flags::apply(options& to) const {
    to.limits = server.limits;
    to.limits.window = std::min(server.limits.window, server.max_window);
    to.max_window = server.max_window;
    to.max_buffered = server.max_buffered;
    to.connections = server.connections;
    to.unauthenticated = server.unauthenticated;
    to.unauthenticated_per_source = server.unauthenticated_per_source;
    to.commands = server.commands;
    to.jobs = server.jobs;
    to.kept_jobs = server.kept_jobs;
    to.job_bytes = server.job_bytes;
    to.file_threads = server.file_threads;
    to.keep_partial = std::chrono::seconds(keep_partial);
    to.start_threads = server.start_threads;
    to.command = server.command;
    to.most_resources = server.most_resources;
    if (command_cpu) to.most_resources.cpu_ms = *command_cpu * 1000;
    to.recording.session_bytes = server.recording.session_bytes;
    to.recording.all_bytes = server.recording.all_bytes;
    to.bad_logins = server.bad_logins;
    to.bad_logins.first = milliseconds_of(first_penalty);
    to.bad_logins.last = milliseconds_of(last_penalty);
    to.opening_time = milliseconds_of(opening);
    to.failed_login_delay = milliseconds_of(failed_login_delay);
    to.timeouts.envelope = milliseconds_of(envelope_time);
    to.timeouts.body = milliseconds_of(body_time);
    to.timeouts.write = milliseconds_of(write_time);
    if (last_penalty < first_penalty) throw CLI::ValidationError("--max-login-penalty is shorter than --login-penalty");
}

} // namespace tug::service
