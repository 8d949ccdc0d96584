#include "commands.hpp"

#include "worker/core/job_request.hpp"
#include "worker/nats/objects.hpp"

#include <tug/os/escape.hpp>
#include <tug/os/random.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace tug::worker {

namespace json = boost::json;

namespace {

constexpr int most_attempts = 6; ///< Of 5 s each; the name makes one request of all of them.

std::string new_name() {
    constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuv";
    std::array<std::byte, 16> random{};
    if (!os::fill_random(random)) throw std::runtime_error("the system has no random bytes");
    std::string out = "job-";
    for (const auto byte : random) out += digits[std::to_integer<std::size_t>(byte) & 31U];
    return out;
}

/// The parts before and behind the first `by`.
std::pair<std::string, std::string> parted(const std::string& text, char by, const char* form) {
    const auto at = text.find(by);
    if (at == std::string::npos || at == 0) throw std::runtime_error(os::quoted_name(text) + " is not " + form);
    return {text.substr(0, at), text.substr(at + 1)};
}

std::uint64_t number_of(const std::string& text) {
    std::size_t used = 0;
    const bool digit = !text.empty() && text.front() >= '0' && text.front() <= '9';
    const auto out = digit ? std::stoull(text, &used) : 0;
    if (!digit || used != text.size()) throw std::runtime_error(os::quoted_name(text) + " is no number");
    return out;
}

void upload(queue_link& queue, const std::string& local, const std::string& object) {
    std::ifstream from(local, std::ios::binary);
    if (!from) throw std::runtime_error("cannot open " + os::quoted_name(local));
    object_writer to(queue, object);
    std::string piece(128 * 1024, '\0');
    while (from.read(piece.data(), static_cast<std::streamsize>(piece.size())) || from.gcount() > 0)
        to.write(std::string_view(piece).substr(0, static_cast<std::size_t>(from.gcount())));
    if (from.bad()) throw std::runtime_error("cannot read " + os::quoted_name(local));
    to.finish();
}

json::array input_files(queue_link& queue, const std::string& name, const submit_options& o) {
    json::array out;
    for (const auto& text : o.in) {
        const auto [local, path] = parted(text, ':', "LOCAL:PATH");
        const auto object = name + "/in/" + path;
        upload(queue, local, object);
        out.push_back(json::object{{"object", object}, {"path", path}});
    }
    return out;
}

json::object request_of(queue_link& queue, const std::string& name, const submit_options& o) {
    json::object out;
    if (o.shell) out["shell"] = *o.shell;
    if (!o.argv.empty()) out["argv"] = json::array(o.argv.begin(), o.argv.end());
    if (o.cwd) out["cwd"] = *o.cwd;
    if (o.user) out["user"] = *o.user;
    if (o.timeout) out["timeout_ms"] = o.timeout->count();
    json::object env;
    for (const auto& text : o.env) {
        const auto [key, value] = parted(text, '=', "NAME=VALUE");
        env[key] = value;
    }
    if (!env.empty()) out["env"] = std::move(env);
    json::object limits;
    for (const auto& text : o.limits) {
        const auto [key, value] = parted(text, '=', "NAME=NUMBER");
        limits[key] = number_of(value);
    }
    if (!limits.empty()) out["limits"] = std::move(limits);
    if (auto files = input_files(queue, name, o); !files.empty()) out["in"] = std::move(files);
    json::array files;
    for (const auto& path : o.out) files.push_back(json::object{{"object", name + "/out/" + path}, {"path", path}});
    if (!files.empty()) out["out"] = std::move(files);
    return out;
}

submitted submit_one(queue_link& queue, const std::string& name, const json::object& request) {
    const auto text = json::serialize(request);
    if (const auto read = read_request(text); !read)
        throw std::runtime_error("the request " + name + ": " + read.error().field + ": " + read.error().message);
    for (int left = most_attempts;; --left) {
        try {
            // The server knows its latest names by itself; a record is kept longer.
            if (const auto known = queue.record(name)) return {known->what.message, true};
            return queue.submit(name, text);
        } catch (const nats_error& e) {
            if (e.what_kind() != nats_error::kind::unavailable) throw;
            if (left == 1)
                throw nats_error(e.what_kind(), std::string(e.what()) + ": whether " + name +
                                                    " is in the queue is not known; submit it again by that name");
        }
    }
}

void tell(const std::string& name, const submitted& what, bool as_json) {
    if (as_json)
        std::cout << json::object{{"job", name}, {"duplicate", what.duplicate}, {"message", what.sequence}} << "\n";
    else
        std::cout << name << "\n";
    if (what.duplicate && !as_json) std::cerr << "tug-queue: " << name << " was there already, and is that one\n";
}

void check_name(const std::string& name) {
    if (!is_queue_name(name))
        throw std::runtime_error(os::quoted_name(name) +
                                 " is no name: 1 to 64 of A-Za-z0-9._-, dots only between others");
}

/// Each line is a request, with its name as `job`.
void submit_lines(queue_link& queue, const submit_options& o) {
    std::ifstream file;
    if (o.from != "-") {
        file.open(o.from);
        if (!file) throw std::runtime_error("cannot open " + os::quoted_name(o.from));
    }
    auto& lines = o.from == "-" ? std::cin : file;
    std::string line;
    while (std::getline(lines, line)) {
        boost::system::error_code ec;
        auto value = json::parse(line, ec);
        if (ec || !value.is_object()) throw std::runtime_error("no JSON object: " + line);
        auto& request = value.get_object();
        const auto* const given = request.if_contains("job");
        const auto name = given && given->is_string() ? std::string(given->get_string()) : new_name();
        request.erase("job");
        check_name(name);
        tell(name, submit_one(queue, name, request), o.json);
    }
    if (lines.bad()) throw std::runtime_error("cannot read " + os::quoted_name(o.from) + " to its end");
}

} // namespace

int submit(queue_link& queue, const submit_options& o) {
    queue.make_queue();
    if (!o.from.empty()) {
        submit_lines(queue, o);
        return 0;
    }
    if (o.argv.empty() == !o.shell) throw std::runtime_error("give a command behind --, or --shell LINE");
    const auto name = o.name.empty() ? new_name() : o.name;
    check_name(name);
    tell(name, submit_one(queue, name, request_of(queue, name, o)), o.json);
    return 0;
}

} // namespace tug::worker
