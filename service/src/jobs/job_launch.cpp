#include "jobs/job_launch.hpp"

#include "jobs/last_words.hpp"

#include <tug/proto/bytes.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace tug::service {

namespace json = boost::json;

namespace {

template <class Texts>
json::array texts_to_json(const Texts& texts) {
    json::array out;
    for (const auto& text : texts) out.push_back(proto::bytes_to_json(text));
    return out;
}

std::vector<std::string> texts_from(const json::value& v) {
    std::vector<std::string> out;
    for (const auto& one : v.as_array()) out.push_back(proto::bytes_from_json(one).value());
    return out;
}

json::array to_json(const rlimit& l) {
    return {l.rlim_cur, l.rlim_max};
}

rlimit limit_from(const json::value& v) {
    return {v.at(0).to_number<rlim_t>(), v.at(1).to_number<rlim_t>()};
}

json::object to_json(const user& u) {
    json::array groups;
    for (const auto g : u.groups) groups.emplace_back(g);
    return {{"uid", u.uid}, {"gid", u.gid}, {"groups", std::move(groups)}};
}

user user_from(const json::value& v) {
    user out;
    out.uid = v.at("uid").to_number<uid_t>();
    out.gid = v.at("gid").to_number<gid_t>();
    for (const auto& g : v.at("groups").as_array()) out.groups.push_back(g.to_number<gid_t>());
    return out;
}

json::object to_json(const proto::resource_limits& l) {
    json::object out;
    if (l.memory_bytes) out["memory_bytes"] = *l.memory_bytes;
    if (l.processes) out["processes"] = *l.processes;
    if (l.cpu_ms) out["cpu_ms"] = *l.cpu_ms;
    return out;
}

proto::resource_limits resource_limits_from(const json::object& from) {
    const auto number = [&](const char* name) {
        const auto* v = from.if_contains(name);
        return v ? std::optional(v->to_number<std::uint64_t>()) : std::nullopt;
    };
    proto::resource_limits out;
    out.memory_bytes = number("memory_bytes");
    out.processes = number("processes");
    out.cpu_ms = number("cpu_ms");
    return out;
}

json::object to_json(const recording_launch& r) {
    return {{"name", r.name}, {"header", r.header}, {"most_bytes", r.how.most_bytes}, {"with_input", r.how.with_input}};
}

recording_launch recording_from(const json::value& v) {
    recording_launch out;
    out.name = v.at("name").as_string();
    out.header = v.at("header").as_string();
    out.how = {v.at("most_bytes").to_number<std::uint64_t>(), v.at("with_input").as_bool()};
    return out;
}

json::object to_json(const spawn_request& c) {
    json::object out{{"argv", texts_to_json(c.argv)},
                     {"env", texts_to_json(c.env.all())},
                     {"controlling_terminal", c.controlling_terminal},
                     {"outlives", c.outlives}};
    if (c.program) out["program"] = proto::bytes_to_json(*c.program);
    if (c.search_in) out["search_in"] = texts_to_json(*c.search_in);
    if (c.open_files) out["open_files"] = to_json(*c.open_files);
    if (c.core_size) out["core_size"] = to_json(*c.core_size);
    if (c.run_as) out["run_as"] = to_json(*c.run_as);
    if (c.nice) out["nice"] = *c.nice;
    json::array limits;
    for (const auto& one : c.limits) limits.push_back({one.resource, one.value.rlim_cur, one.value.rlim_max});
    out["limits"] = std::move(limits);
    return out;
}

spawn_request command_from(const json::object& from) {
    spawn_request out;
    out.argv = texts_from(from.at("argv"));
    for (const auto& text : texts_from(from.at("env"))) out.env.add({text});
    out.controlling_terminal = from.at("controlling_terminal").as_bool();
    out.outlives = from.at("outlives").as_bool();
    if (const auto* v = from.if_contains("program")) out.program = proto::bytes_from_json(*v).value();
    if (const auto* v = from.if_contains("search_in")) out.search_in = texts_from(*v);
    if (const auto* v = from.if_contains("open_files")) out.open_files = limit_from(*v);
    if (const auto* v = from.if_contains("core_size")) out.core_size = limit_from(*v);
    if (const auto* v = from.if_contains("run_as")) out.run_as = user_from(*v);
    if (const auto* v = from.if_contains("nice")) out.nice = v->to_number<int>();
    for (const auto& one : from.at("limits").as_array())
        out.limits.push_back(
            {one.at(0).to_number<int>(), {one.at(1).to_number<rlim_t>(), one.at(2).to_number<rlim_t>()}});
    return out;
}

} // namespace

std::string job_launch::to_text() const {
    json::object out{{"name", name},
                     {"request", request},
                     {"command", to_json(command)},
                     {"cgroup", cgroup},
                     {"typed", typed},
                     {"keep_children", keep_children},
                     {"grace_ms", grace_ms},
                     {"timeout_ms", timeout_ms},
                     {"output_limit", output_limit},
                     {"keep_bytes", keep_bytes},
                     {"end_when_full", end_when_full},
                     {"limits", to_json(limits)}};
    if (record) out["record"] = to_json(*record);
    return json::serialize(out);
}

proto::result<job_launch> job_launch::parse(std::string_view text) {
    try {
        auto value = json::parse(text);
        auto& from = value.as_object();
        job_launch out;
        out.name = from.at("name").as_string();
        out.request = std::move(from.at("request").as_object());
        out.command = command_from(from.at("command").as_object());
        out.limits = resource_limits_from(from.at("limits").as_object());
        if (const auto* v = from.if_contains("record")) out.record = recording_from(*v);
        out.cgroup = from.at("cgroup").as_string();
        out.typed = from.at("typed").as_bool();
        out.keep_children = from.at("keep_children").as_bool();
        out.grace_ms = from.at("grace_ms").to_number<std::uint64_t>();
        out.timeout_ms = from.at("timeout_ms").to_number<std::uint64_t>();
        out.output_limit = from.at("output_limit").to_number<std::uint64_t>();
        out.keep_bytes = from.at("keep_bytes").to_number<std::uint64_t>();
        out.end_when_full = from.at("end_when_full").as_bool();
        return out;
    } catch (const std::exception& e) { // it comes from the daemon; one that died has written a part of it
        return proto::failure(proto::errc::internal_error, std::string("the launch of a job: ") + e.what());
    }
}

std::string launch_outcome::to_text() const {
    json::object out{{"what", static_cast<int>(what)}, {"pid", pid}};
    if (what == kind::failed) {
        out["code"] = static_cast<int>(why.code);
        out["message"] = why.message;
        out["field"] = why.field;
        out["os_error"] = why.os_error;
    }
    return json::serialize(out);
}

launch_outcome launch_outcome::parse(std::string_view text) {
    launch_outcome out;
    try {
        const auto begin = text.rfind(R"({"what")"); // behind what a library has written to stderr
        const auto from = json::parse(text.substr(std::min(begin, text.size())));
        out.what = static_cast<kind>(from.at("what").as_int64());
        out.pid = from.at("pid").as_int64();
        if (out.what != kind::failed) return out;
        out.why.code = static_cast<proto::errc>(from.at("code").as_int64());
        out.why.message = from.at("message").as_string();
        out.why.field = from.at("field").as_string();
        out.why.os_error = from.at("os_error").as_string();
    } catch (const std::exception&) {
        out.what = kind::failed;
        out.was_told = false;
        out.why = {proto::errc::internal_error, "the holder of the job ended before it said what came of it"};
        if (const auto words = last_words(text); !words.empty()) out.why.message += ": " + words;
    }
    return out;
}

} // namespace tug::service
