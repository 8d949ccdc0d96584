#include "commands.hpp"

#include "worker/nats/objects.hpp"

#include <tug/bytes.hpp>
#include <tug/os/escape.hpp>
#include <tug/signals.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>

namespace tug::worker {

namespace json = boost::json;

namespace {

// Those of `tug exec`.
constexpr int not_yet = 1;
constexpr int timed_out = 124;
constexpr int no_result = 125;
constexpr int not_runnable = 126;
constexpr int not_found = 127;
constexpr int by_signal = 128;

const json::object* object_in(const json::object& of, std::string_view member) {
    const auto* const found = of.if_contains(member);
    return found ? found->if_object() : nullptr;
}

std::string text_in(const json::object& of, std::string_view member) {
    const auto* const found = of.if_contains(member);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::uint64_t number_in(const json::object& of, std::string_view member) {
    const auto* const found = of.if_contains(member);
    boost::system::error_code ec;
    return found ? found->to_number<std::uint64_t>(ec) : 0;
}

int code_of(const job_record& what) {
    const auto* const result = object_in(what.more, "result");
    if (!result) {
        const auto* const error = object_in(what.more, "error");
        const auto name = error ? text_in(*error, "name") : std::string();
        if (what.state != record_state::failed) return no_result;
        if (name == "exec_not_found") return not_found;
        return name == "exec_failed" || name == "permission_denied" ? not_runnable : no_result;
    }
    const auto reason = text_in(*result, "reason");
    if (reason == "timed_out") return timed_out;
    if (reason == "output_limit" || reason == "cancelled") return no_result;
    if (const auto signal = text_in(*result, "signal"); !signal.empty())
        return by_signal + signal_number(signal).value_or(0);
    return static_cast<int>(number_in(*result, "exit_code"));
}

/// What was kept of an output goes to the same stream here.
void print_tail(const job_record& what, const char* stream, std::ostream& to) {
    const auto* const tail = object_in(what.more, "tail");
    const auto* const result = object_in(what.more, "result");
    const auto* const summary = result ? object_in(*result, stream) : nullptr;
    const auto bytes = tail ? base64_decode(text_in(*tail, stream)) : std::nullopt;
    if (!bytes) return;
    if (summary && number_in(*summary, "bytes") > bytes->size())
        std::cerr << "tug-queue: the last " << bytes->size() << " of " << number_in(*summary, "bytes") << " bytes of "
                  << stream << ":\n";
    to.write(reinterpret_cast<const char*>(bytes->data()), static_cast<std::streamsize>(bytes->size()));
    to.flush();
}

void explain(const std::string& name, const job_record& what) {
    if (const auto* const error = object_in(what.more, "error")) {
        const auto* const how = what.state == record_state::failed    ? " did not run: "
                                : what.state == record_state::unknown ? " may have run, and its end is not known: "
                                                                      : ": its output could not be fetched: ";
        std::cerr << "tug-queue: " << name << how
                  << os::printable(text_in(*error, "name") + ", " + text_in(*error, "message")) << "\n";
    }
    const auto* const result = object_in(what.more, "result");
    if (!result) return;
    if (const auto reason = text_in(*result, "reason"); reason != "exited")
        std::cerr << "tug-queue: " << name << ": " << os::printable(reason + " " + text_in(*result, "signal")) << "\n";
    if (const auto left = number_in(*result, "survivors"); left > 0)
        std::cerr << "tug-queue: " << name << ": " << left << " processes could not be ended\n";
}

/// Below `directory` by the last part of its path; it has that name once it is whole.
void fetch_file(queue_link& queue, const json::object& file, const std::string& directory) {
    const auto path = text_in(file, "path");
    const auto name = path.substr(path.rfind('/') + 1);
    if (name.empty() || name == "." || name == "..") throw std::runtime_error(os::quoted_name(path) + " names no file");
    const auto to = directory + "/" + name;
    const auto part = to + ".part";
    object_reader from(queue, text_in(file, "object"));
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    for (auto piece = from.next(); !piece.empty(); piece = from.next()) out << piece;
    out.close();
    if (!out || std::rename(part.c_str(), to.c_str()) != 0)
        throw std::runtime_error("cannot write " + os::quoted_name(to));
}

/// False where one of them is not there.
bool fetch_files(queue_link& queue, const job_record& what, const std::string& directory) {
    const auto* const files = what.more.if_contains("out");
    bool all = true;
    if (!files || !files->is_array()) return all;
    for (const auto& one : files->get_array()) {
        const auto& file = one.as_object();
        const auto* const error = object_in(file, "error");
        if (!error) fetch_file(queue, file, directory);
        if (!error) continue;
        all = false;
        std::cerr << "tug-queue: "
                  << os::printable(text_in(file, "path") + ": " + text_in(*error, "name") + ", " +
                                   text_in(*error, "message"))
                  << "\n";
    }
    return all;
}

/// Again while the server does not answer.
std::optional<stored_record> look(queue_link& queue, const std::string& name, bool patient) {
    try {
        return queue.record(name);
    } catch (const nats_error& e) {
        if (!patient || e.what_kind() != nats_error::kind::unavailable) throw;
    }
    return std::nullopt;
}

std::optional<stored_record> end_of(queue_link& queue, const result_options& o) {
    const auto changes = queue.watch(o.name);
    for (;;) {
        auto found = look(queue, o.name, o.wait);
        if (!o.wait || (found && found->what.is_over())) return found;
        queue_link::next_change(changes.get());
    }
}

} // namespace

int show_result(queue_link& queue, const result_options& o) {
    if (!is_queue_name(o.name)) throw std::runtime_error(os::quoted_name(o.name) + " is no name of a job");
    const auto found = end_of(queue, o);
    if (!found || !found->what.is_over()) {
        const bool waits = found || queue.is_waiting(o.name);
        const auto state = found   ? std::string(name_of(found->what.state)) + " on " + found->what.host
                           : waits ? std::string("waiting")
                                   : std::string("not in the queue");
        std::cerr << "tug-queue: " << o.name << " is " << os::printable(state) << "\n";
        if (o.json && found) std::cout << os::harmless(found->what.to_text()) << "\n";
        return not_yet;
    }
    const auto& what = found->what;
    if (o.json) {
        std::cout << os::harmless(what.to_text()) << "\n";
    } else {
        print_tail(what, "stdout", std::cout);
        print_tail(what, "stderr", std::cerr);
        explain(o.name, what);
    }
    const bool all = o.fetch.empty() || fetch_files(queue, what, o.fetch);
    const auto code = code_of(what);
    return all || code != 0 ? code : not_yet;
}

} // namespace tug::worker
