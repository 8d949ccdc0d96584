// What a session answers to each request.

#include "session.hpp"

#include "limits.hpp"

#include <tug/error.hpp>

#include <boost/asio/this_coro.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace tug::cli::mcp {

namespace {

constexpr std::array<std::string_view, 4> versions{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};

constexpr auto instructions =
    "Tools of one host, reached by tug. Paths are below a root that its key sets. exec answers within wait_ms: what "
    "takes longer goes on as a job (job_wait, job_output). Output in answers is bounded and says by positions what it "
    "leaves out. An error says what to do about it.";

std::string text_in(const json::object& from, std::string_view name) {
    const auto* const found = from.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

json::object object_in(const json::object& from, std::string_view name) {
    const auto* const found = from.if_contains(name);
    return found != nullptr && found->is_object() ? found->as_object() : json::object();
}

/// As tools/call answers: both as an object and, for older clients, as its text.
json::object content_of(const json::object& structured, std::string text, bool failed) {
    json::array content;
    content.emplace_back(json::object{{"type", "text"}, {"text", std::move(text)}});
    return {{"content", std::move(content)}, {"structuredContent", structured}, {"isError", failed}};
}

json::object failed_content(const failure& why) {
    json::object about{{"name", name_of(why.code)}, {"message", why.message}};
    if (!why.field.empty()) about["field"] = why.field;
    if (!why.os_error.empty()) about["errno"] = why.os_error;
    if (!why.need.empty()) about["need"] = why.need;
    if (why.kept_from) about["kept_from"] = *why.kept_from;
    return content_of({{"error", std::move(about)}}, error(why).what(), true);
}

failure not_offered(const tool& t, const host& on) {
    failure out(errc::permission_denied, "the key does not allow " + std::string(t.name));
    if (on.allows(t.need) && t.of_jobs) return {errc::unsupported, "this host keeps no jobs (tugd --state-dir)"};
    if (on.allows(t.need)) return {errc::permission_denied, "no local directory is allowed (tug mcp --allow-local)"};
    out.need = t.need;
    return out;
}

} // namespace

asio::awaitable<json::object> session::initialize(message m) {
    const auto who = object_in(m.params, "clientInfo");
    const auto version = text_in(who, "version");
    host_.introduce(text_in(who, "name") + (version.empty() ? "" : "/" + version));
    (void)co_await host_.get(); // what is wrong with the host is said at once
    const auto wanted = text_in(m.params, "protocolVersion");
    version_ = std::ranges::find(versions, wanted) != versions.end() ? wanted : std::string(versions.front());
    const json::object capabilities{{"tools", json::object{{"listChanged", false}}}};
    const json::object info{{"name", "tug"}, {"title", "tug: " + host_.address()}, {"version", TUG_VERSION}};
    json::object result{{"protocolVersion", version_}, {"capabilities", capabilities}, {"serverInfo", info}};
    result["instructions"] = instructions;
    co_return answer(m.id, std::move(result));
}

asio::awaitable<json::object> session::list_tools(message m) {
    (void)co_await host_.get();
    json::array tools;
    for (const auto* t : all_tools())
        if (is_offered(*t, host_, local_)) tools.emplace_back(describe(*t));
    json::object result{{"tools", std::move(tools)}};
    co_return answer(m.id, std::move(result));
}

asio::awaitable<json::object> session::call_tool(message m) {
    const auto name = text_in(m.params, "name");
    const auto all = all_tools();
    const auto found = std::ranges::find_if(all, [&](const auto* t) { return t->name == name; });
    if (found == all.end()) co_return refusal(m.id, code::invalid_params, "there is no such tool");
    const tool& t = **found;
    const auto* const given = m.params.if_contains("arguments");
    if (given != nullptr && !given->is_object())
        co_return refusal(m.id, code::invalid_params, "the arguments have to be an object");
    json::object result;
    try {
        (void)co_await host_.get();
        if (!is_offered(t, host_, local_)) throw error(not_offered(t, host_));
        tool_call call{host_, arguments(object_in(m.params, "arguments"), t.parameters), local_, watched_,
                       progress_of(m.params)};
        const auto made = co_await t.run(call);
        result = content_of(made, json::serialize(made), false);
    } catch (...) {
        result = failed_content(failure_of(std::current_exception()));
    }
    co_return answer(m.id, std::move(result));
}

/// At most five notifications a second, each further than the one before.
progress_report session::progress_of(const json::object& params) {
    const auto meta = object_in(params, "_meta");
    const auto* const token = meta.if_contains("progressToken");
    if (token == nullptr || !(token->is_string() || token->is_int64() || token->is_uint64()))
        return [](std::uint64_t, const std::optional<std::uint64_t>&) {};

    struct last {
        std::chrono::steady_clock::time_point at;
        std::uint64_t done = 0;
    };

    return [this, token = *token, said = std::make_shared<last>()](std::uint64_t done,
                                                                   const std::optional<std::uint64_t>& total) {
        const auto now = std::chrono::steady_clock::now();
        if (done <= said->done || now < said->at + std::chrono::milliseconds(200)) return;
        *said = {now, done};
        json::object about{{"progressToken", token}, {"progress", done}};
        if (total) about["total"] = *total;
        writer_.add(json::serialize(notification("notifications/progress", std::move(about))));
    };
}

} // namespace tug::cli::mcp
