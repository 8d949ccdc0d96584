#include <tug/detail/calls.hpp>

#include "at_home.hpp"
#include "object_calls.hpp"
#include "session.hpp"

#include <tug/proto/info_messages.hpp>
#include <tug/server_info.hpp>

#include <optional>
#include <utility>

// client::info().

namespace tug::detail {

namespace asio = boost::asio;

namespace {

std::chrono::system_clock::time_point time_of(std::uint64_t since_epoch_ms) {
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(since_epoch_ms));
}

usage_of_limit info_of(const proto::usage_figures& said) {
    return {said.used, said.allowed};
}

directory_state info_of(proto::directory_figures said) {
    directory_state out;
    out.error = std::move(said.error);
    out.writable = said.writable;
    out.total_bytes = said.total_bytes;
    out.available_bytes = said.available_bytes;
    out.files_total = said.files_total;
    out.files_free = said.files_free;
    return out;
}

load_averages info_of(const proto::load_figures& said) {
    const auto whole = [](std::uint64_t hundredths) { return static_cast<double>(hundredths) / 100; };
    return {whole(said.minutes_1), whole(said.minutes_5), whole(said.minutes_15)};
}

server_totals info_of(const proto::total_figures& said) {
    server_totals out;
    out.calls = said.calls;
    out.failed_calls = said.failed_calls;
    out.received_bytes = said.received_bytes;
    out.sent_bytes = said.sent_bytes;
    out.commands = said.commands;
    out.connections = said.connections;
    out.refused_connections = said.refused_connections;
    out.failed_logins = said.failed_logins;
    out.cpu = std::chrono::microseconds(said.cpu_us);
    return out;
}

server_info info_of(proto::info_result said) {
    server_info out;
    out.server = std::move(said.server);
    out.hostname = std::move(said.hostname);
    out.os = std::move(said.os);
    out.kernel = std::move(said.kernel);
    out.arch = std::move(said.arch);
    out.user = std::move(said.user);
    out.cores = said.cores;
    out.time = time_of(said.time_ms);
    out.uptime = std::chrono::milliseconds(said.uptime_ms);
    out.draining = said.draining;
    out.load = info_of(said.load);
    out.memory_total_bytes = said.memory.total_bytes;
    out.memory_available_bytes = said.memory.available_bytes;
    out.root = info_of(std::move(said.root));
    out.commands = info_of(said.commands);
    out.connections = info_of(said.connections);
    out.descriptors = info_of(said.descriptors);
    out.window_bytes = info_of(said.window_bytes);
    if (said.jobs) out.jobs = info_of(*said.jobs);
    if (said.kept_jobs) out.kept_jobs = info_of(*said.kept_jobs);
    if (said.state) out.state = info_of(std::move(*said.state));
    out.containment = name_of(said.contained_by);
    out.cgroups = said.cgroups;
    out.lookup = name_of(said.lookup);
    out.recording = name_of(said.recording);
    if (said.certificate_ends_ms) out.certificate_ends = time_of(*said.certificate_ends_ms);
    out.rules = std::move(said.rules);
    out.limits = std::move(said.limits);
    out.totals = info_of(said.totals);
    return out;
}

} // namespace

asio::awaitable<server_info> info(session_ptr s) {
    const proto::info_params params;
    co_return info_of(answer_as<proto::info_result>(params, co_await answer_to(s, params)));
}

} // namespace tug::detail
