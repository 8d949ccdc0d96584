#include "commands.hpp"

#include <tug/os/escape.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iomanip>
#include <iostream>
#include <set>

namespace tug::worker {

namespace json = boost::json;

namespace {

constexpr int state_width = 10;

/// How it ended, in a word: the code, the signal, or the error.
std::string end_of(const job_record& of) {
    const auto* const result = of.more.if_contains("result");
    const auto* const error = of.more.if_contains("error");
    const auto text_in = [](const json::value& object, const char* member) -> std::string {
        const auto* const found = object.is_object() ? object.get_object().if_contains(member) : nullptr;
        if (!found) return {};
        return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
    };
    if (result && text_in(*result, "reason") == "exited") return text_in(*result, "exit_code");
    if (result) return text_in(*result, "reason");
    return error ? text_in(*error, "name") : std::string();
}

void print(const std::string& name, std::string_view state, const job_record& what, bool as_json) {
    if (as_json) {
        json::object line{{"job", name}, {"state", state}};
        if (!what.host.empty()) line["host"] = what.host;
        for (const auto* const member : {"result", "error"})
            if (const auto* const there = what.more.if_contains(member)) line[member] = *there;
        std::cout << os::harmless(json::serialize(line)) << "\n";
        return;
    }
    std::cout << std::left << std::setw(state_width) << state << os::printable(name);
    if (!what.host.empty()) std::cout << "  " << os::printable(what.host);
    if (const auto end = end_of(what); !end.empty()) std::cout << "  " << os::printable(end);
    std::cout << "\n";
}

} // namespace

int list(queue_link& queue, bool as_json) {
    // First: what is taken up from here on has a record then.
    const auto waiting = queue.waiting();
    std::set<std::string> known;
    for (const auto& [name, what] : queue.records()) {
        known.insert(name);
        print(name, name_of(what.state), what, as_json);
    }
    for (const auto& name : waiting)
        if (!known.contains(name)) print(name, "waiting", {}, as_json);
    return std::cout.flush() ? 0 : 1;
}

} // namespace tug::worker
