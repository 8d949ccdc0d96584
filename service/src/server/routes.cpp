#include "server/routes.hpp"

#include "endpoints/endpoints.hpp"
#include "server/context.hpp"

#include <tug/proto/exec_messages.hpp>
#include <tug/proto/file_messages.hpp>

#include <boost/json/array.hpp>

#include <stdexcept>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using proto::direction;
using proto::stream_spec;

const stream_spec stdin_stream{"stdin", direction::to_server};
const stream_spec stdout_stream{"stdout", direction::to_client};
const stream_spec stderr_stream{"stderr", direction::to_client};
const stream_spec upload_stream{"data", direction::to_server, true};
const stream_spec download_stream{"data", direction::to_client};

std::vector<stream_spec> streams_of(const proto::exec_params& p) {
    std::vector<stream_spec> out{stdout_stream};
    if (!p.merge) out.push_back(stderr_stream);
    if (p.with_stdin) out.push_back(stdin_stream);
    return out;
}

std::vector<stream_spec> streams_of(const proto::put_params&) {
    return {upload_stream};
}

std::vector<stream_spec> streams_of(const proto::get_params&) {
    return {download_stream};
}

template <class Params>
proto::result<Params> parse(const context&, const json::object& raw) {
    return Params::parse(raw);
}

template <>
proto::result<proto::exec_params> parse(const context& shared, const json::object& raw) {
    return proto::exec_params::parse(raw, shared.settings.command);
}

/// An endpoint whose params have a type: they are parsed before the call is taken.
template <class Params>
endpoint typed(std::string name, permission need, context& shared,
               asio::awaitable<answer> (*serve)(context&, call&, Params), json::object description) {
    auto accept = [&shared, serve](const json::object& raw) -> proto::result<accepted_call> {
        auto params = parse<Params>(shared, raw);
        if (!params) return params.error();
        accepted_call out;
        out.streams = streams_of(*params);
        if (params->timeout_ms) out.timeout = std::chrono::milliseconds(*params->timeout_ms);
        out.reads_params = false; // p has them
        out.run = [&shared, serve, p = std::move(*params)](call& c) mutable { return serve(shared, c, std::move(p)); };
        return out;
    };
    return {std::move(name), need, std::move(accept), std::move(description)};
}

/// The JSON schema of a type, or of two: "integer|string".
json::object schema_of(std::string_view type) {
    const auto bar = type.find('|');
    if (bar == std::string_view::npos) return {{"type", type}};
    return {{"type", {type.substr(0, bar), type.substr(bar + 1)}}};
}

/// What rpc.discover says of a method: name and type of each param, a `!` behind the names of those that must be there,
/// and what the result is.
json::object describe(std::string_view summary,
                      std::initializer_list<std::pair<std::string_view, std::string_view>> params,
                      std::string_view result) {
    json::array list;
    for (auto [name, type] : params) {
        const bool required = name.ends_with('!');
        if (required) name.remove_suffix(1);
        list.push_back({{"name", name}, {"required", required}, {"schema", schema_of(type)}});
    }
    return {{"summary", summary},
            {"paramStructure", "by-name"},
            {"params", std::move(list)},
            {"result", {{"name", "result"}, {"schema", schema_of(result)}}}};
}

} // namespace

routes::routes(context& shared) {
    const auto answers = [this](std::string name, permission need, immediate serve, json::object description) {
        table_.emplace(std::move(name), route{need, std::move(serve), std::move(description)});
    };
    const auto takes = [this](endpoint e) {
        auto name = e.name();
        auto description = e.description();
        table_.emplace(std::move(name), route{e.need(), std::move(e), std::move(description)});
    };

    answers("rpc.ping", permission::none, ping,
            describe("Says that the server is there; gives the payload back",
                     {{"payload", "string"}, {"timeout_ms", "integer"}}, "string|object"));
    answers("rpc.discover", permission::none, service::discover,
            describe("This document", {{"timeout_ms", "integer"}}, "object"));
    takes(typed("exec", permission::exec, shared, exec,
                describe("Runs a command; its streams are stdin, stdout and stderr",
                         {{"argv", "array"},
                          {"shell", "string|object"},
                          {"cwd", "string|object"},
                          {"env", "object|array"},
                          {"clear_env", "boolean"},
                          {"stdin", "boolean"},
                          {"output_limit", "integer"},
                          {"keep_children", "boolean"},
                          {"merge", "boolean"},
                          {"grace_ms", "integer"},
                          {"timeout_ms", "integer"}},
                         "object")));
    answers("exec.signal", permission::exec, exec_signal,
            describe("Sends a signal to a running command",
                     {{"call!", "integer|string"}, {"signal!", "string"}, {"timeout_ms", "integer"}}, "object"));
    answers(
        "exec.resize", permission::exec, exec_resize,
        describe("Resizes the terminal of a running command",
                 {{"call!", "integer|string"}, {"rows!", "integer"}, {"cols!", "integer"}, {"timeout_ms", "integer"}},
                 "object"));
    takes(typed("put", permission::put, shared, put,
                describe("Stores a file; its stream is data",
                         {{"path!", "string|object"},
                          {"size", "integer"},
                          {"mode", "integer"},
                          {"new_mode", "integer"},
                          {"mtime_ns", "integer"},
                          {"overwrite", "boolean"},
                          {"make_parents", "boolean"},
                          {"durable", "boolean"},
                          {"follow", "boolean"},
                          {"in_place", "boolean"},
                          {"digest", "string"},
                          {"timeout_ms", "integer"}},
                         "object")));
    takes(typed("get", permission::get, shared, get,
                describe("Fetches a file or a range of it; its stream is data",
                         {{"path!", "string|object"},
                          {"offset", "integer"},
                          {"length", "integer"},
                          {"digest", "string"},
                          {"timeout_ms", "integer"}},
                         "object")));
}

const route* routes::find(std::string_view method) const {
    const auto at = table_.find(method);
    return at == table_.end() ? nullptr : &at->second;
}

void routes::add(endpoint e) {
    if (e.name().empty() || e.name().starts_with("rpc."))
        throw std::invalid_argument("the name \"" + e.name() + "\" is reserved");
    auto name = e.name();
    auto description = e.description();
    if (description.empty()) description = describe("An endpoint of this application", {}, "object");
    if (!table_.emplace(name, route{e.need(), std::move(e), std::move(description)}).second)
        throw std::invalid_argument("there is an endpoint \"" + name + "\" already");
}

json::object routes::discover() const {
    json::array methods;
    for (const auto& [name, row] : table_) {
        json::object m{{"name", name}};
        for (const auto& member : row.description) m[member.key()] = member.value();
        if (row.need != permission::none) m["x-permission"] = name_of(row.need);
        methods.push_back(std::move(m));
    }
    return {
        {"openrpc", "1.2.6"}, {"info", {{"title", "tug"}, {"version", TUG_VERSION}}}, {"methods", std::move(methods)}};
}

} // namespace tug::service
