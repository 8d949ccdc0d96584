#include "tug/proto/file_watch_messages.hpp"

#include "described_members.hpp"

#include <array>
#include <utility>

namespace tug::proto {

namespace {

constexpr std::array watch_events{
    std::pair{watch_event::ready, std::string_view("ready")},
    std::pair{watch_event::created, std::string_view("created")},
    std::pair{watch_event::changed, std::string_view("changed")},
    std::pair{watch_event::removed, std::string_view("removed")},
    std::pair{watch_event::renamed, std::string_view("renamed")},
    std::pair{watch_event::overflow, std::string_view("overflow")},
    std::pair{watch_event::unwatched, std::string_view("unwatched")},
};

constexpr choice_kind<watch_event, watch_events.size()> watch_event_kind{watch_events};

} // namespace

template <>
struct members_of<file_watch_params> {
    using t = file_watch_params;
    static constexpr auto value = std::tuple(member("path", &t::path, path_kind, presence::required),
                                             member("recursive", &t::recursive, flag_kind()), timeout_member<t>());
};

template <>
struct members_of<file_watch_line> {
    using t = file_watch_line;
    static constexpr auto value =
        std::tuple(member("event", &t::event, watch_event_kind, presence::required),
                   member("path", &t::path, bytes_kind{1}, presence::required), member("from", &t::from, bytes_kind()),
                   member("directory", &t::directory, flag_kind()), member("error", &t::error, text_kind()));
};

template <>
struct members_of<file_watch_result> {
    using t = file_watch_result;
    static constexpr auto value = std::tuple(member("events", &t::events, count_kind(), presence::required),
                                             member("overflows", &t::overflows, count_kind(), presence::required));
};

template struct described_params<file_watch_params>;
template struct described_result<file_watch_line>;
template struct described_result<file_watch_result>;

std::string_view name_of(watch_event event) noexcept {
    for (const auto& [value, name] : watch_events)
        if (value == event) return name;
    return {};
}

std::vector<stream_spec> file_watch_params::streams() const {
    return std::vector<stream_spec>(1, stream_spec("events", direction::to_client));
}

} // namespace tug::proto
