#include "tug/proto/info_messages.hpp"

#include "described_members.hpp"

#include <array>
#include <utility>

namespace tug::proto {

namespace json = boost::json;

namespace {

/// A set of numbers by name, which grows with the versions of the server.
struct counts_kind {
    [[nodiscard]] std::optional<std::map<std::string, std::uint64_t>> read(member_reader& in,
                                                                           std::string_view name) const {
        const auto* o = in.object(name);
        if (!o) return std::nullopt;
        member_reader inner(*o);
        std::map<std::string, std::uint64_t> out;
        for (const auto& [key, value] : *o)
            if (const auto n = inner.count(key)) out.emplace(key, *n);
        if (const auto wrong = inner.finish_lenient()) in.fail(name, "is not whole: " + wrong->message);
        return out;
    }

    [[nodiscard]] json::value write(const std::map<std::string, std::uint64_t>& v, json::storage_ptr memory) const {
        json::object out(std::move(memory));
        for (const auto& [name, n] : v) out[name] = n;
        return out;
    }

    [[nodiscard]] json::object schema() const {
        return {{"type", "object"}, {"additionalProperties", count_kind().schema()}};
    }
};

constexpr choice_kind<containment, 2> containment_kind{
    {{{containment::session, "session"}, {containment::cgroup, "cgroup"}}}, true};
constexpr choice_kind<path_lookup, 2> lookup_kind{{{{path_lookup::walk, "walk"}, {path_lookup::openat2, "openat2"}}},
                                                  true};
constexpr choice_kind<recording_rule, 3> recording_kind{
    {{{recording_rule::off, "off"}, {recording_rule::keys, "keys"}, {recording_rule::all, "all"}}}, true};

constexpr std::size_t most_rules = 65'536; // a key file has 1 MiB

template <class Value, std::size_t N>
std::string_view name_in(const choice_kind<Value, N>& all, Value of) noexcept {
    for (const auto& [value, name] : all.names)
        if (value == of) return name;
    return {};
}

template <class T>
constexpr auto number(std::string_view name, std::uint64_t T::* at) {
    return member(name, at, count_kind(), presence::written);
}

} // namespace

template <>
struct members_of<info_params> {
    static constexpr auto value = std::tuple(timeout_member<info_params>());
};

template <>
struct members_of<usage_figures> {
    static constexpr auto value =
        std::tuple(number("used", &usage_figures::used), number("allowed", &usage_figures::allowed));
};

template <>
struct members_of<load_figures> {
    static constexpr auto value =
        std::tuple(number("minutes_1", &load_figures::minutes_1), number("minutes_5", &load_figures::minutes_5),
                   number("minutes_15", &load_figures::minutes_15));
};

template <>
struct members_of<memory_figures> {
    static constexpr auto value = std::tuple(number("total_bytes", &memory_figures::total_bytes),
                                             number("available_bytes", &memory_figures::available_bytes));
};

template <>
struct members_of<directory_figures> {
    static constexpr auto value = std::tuple(
        member("error", &directory_figures::error, text_kind()),
        member("writable", &directory_figures::writable, flag_kind(), presence::written),
        number("total_bytes", &directory_figures::total_bytes),
        number("available_bytes", &directory_figures::available_bytes),
        number("files_total", &directory_figures::files_total), number("files_free", &directory_figures::files_free));
};

template <>
struct members_of<total_figures> {
    static constexpr auto value = std::tuple(
        number("calls", &total_figures::calls), number("failed_calls", &total_figures::failed_calls),
        number("received_bytes", &total_figures::received_bytes), number("sent_bytes", &total_figures::sent_bytes),
        number("commands", &total_figures::commands), number("connections", &total_figures::connections),
        number("refused_connections", &total_figures::refused_connections),
        number("failed_logins", &total_figures::failed_logins), number("cpu_us", &total_figures::cpu_us));
};

template <>
struct members_of<info_result> {
    using r = info_result;
    static constexpr object_kind<usage_figures> usage_kind{};
    static constexpr object_kind<directory_figures> directory_kind{};
    static constexpr auto value = std::tuple(
        member("server", &r::server, text_kind(), presence::required),
        member("hostname", &r::hostname, bytes_kind(), presence::written),
        member("os", &r::os, bytes_kind(), presence::written),
        member("kernel", &r::kernel, bytes_kind(), presence::written),
        member("arch", &r::arch, text_kind(), presence::written),
        member("user", &r::user, bytes_kind(), presence::written), number("cores", &r::cores),
        number("time_ms", &r::time_ms), number("uptime_ms", &r::uptime_ms),
        member("draining", &r::draining, flag_kind(), presence::written),
        member("load", &r::load, object_kind<load_figures>(), presence::written),
        member("memory", &r::memory, object_kind<memory_figures>(), presence::written),
        member("root", &r::root, directory_kind, presence::written),
        member("commands", &r::commands, usage_kind, presence::written),
        member("connections", &r::connections, usage_kind, presence::written),
        member("descriptors", &r::descriptors, usage_kind, presence::written),
        member("window_bytes", &r::window_bytes, usage_kind, presence::written), member("jobs", &r::jobs, usage_kind),
        member("kept_jobs", &r::kept_jobs, usage_kind), member("state", &r::state, directory_kind),
        member("containment", &r::contained_by, containment_kind, presence::written),
        member("cgroups", &r::cgroups, flag_kind(), presence::written),
        member("lookup", &r::lookup, lookup_kind, presence::written),
        member("recording", &r::recording, recording_kind, presence::written),
        member("certificate_ends_ms", &r::certificate_ends_ms, count_kind()),
        member("rules", &r::rules, byte_list_kind{most_rules}),
        member("limits", &r::limits, counts_kind(), presence::written),
        member("totals", &r::totals, object_kind<total_figures>(), presence::written));
};

template struct described_params<info_params>;
template struct described_result<info_result>;

std::string_view name_of(path_lookup by) noexcept {
    return name_in(lookup_kind, by);
}

std::string_view name_of(recording_rule which) noexcept {
    return name_in(recording_kind, which);
}

} // namespace tug::proto
