#include "file_text.hpp"

#include "report.hpp"

#include <tug/bytes.hpp>

#include <boost/json/value.hpp>

#include <array>
#include <cstdio>
#include <utility>

namespace tug::cli {

namespace {

constexpr std::int64_t second = 1'000'000'000;

std::tm local_time(std::int64_t seconds) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm out{};
    ::localtime_r(&time, &out);
    return out;
}

/// The second that a time is in, also before 1970.
std::int64_t seconds_of(std::int64_t nanoseconds) {
    return nanoseconds / second - (nanoseconds % second < 0 ? 1 : 0);
}

std::string formatted(const char* format, const std::tm& time) {
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &time)};
}

std::string owner_text(const std::string& name, std::uint32_t id) {
    return name.empty() ? std::to_string(id) : printable(name);
}

bool is_plain(std::string_view name) {
    return !name.empty() && printable(name) == name && name.find_first_of(" '\"\\$`") == std::string_view::npos;
}

} // namespace

char type_letter(file_type type) {
    switch (type) {
    case file_type::directory: return 'd';
    case file_type::symlink: return 'l';
    case file_type::fifo: return 'p';
    case file_type::socket: return 's';
    case file_type::block: return 'b';
    case file_type::character: return 'c';
    case file_type::file: break;
    }
    return '-';
}

std::string shown_name(std::string_view name, bool to_terminal) {
    return to_terminal && !is_plain(name) ? quoted_name(name) : std::string(name);
}

std::string mode_text(const file_info& info) {
    std::string out(1, type_letter(info.type));
    constexpr std::string_view letters = "rwxrwxrwx";
    for (std::size_t i = 0; i < letters.size(); ++i) out += (info.mode >> (8 - i) & 1U) != 0 ? letters[i] : '-';
    const std::array<std::pair<std::uint32_t, char>, 3> special{{{04000, 's'}, {02000, 's'}, {01000, 't'}}};
    for (std::size_t i = 0; i < special.size(); ++i) {
        if ((info.mode & special[i].first) == 0) continue;
        char& execute = out[3 * (i + 1)];
        execute = execute == 'x' ? special[i].second : static_cast<char>(special[i].second - 'a' + 'A');
    }
    return out;
}

std::string long_line(const file_info& info, std::time_t now, bool human) {
    constexpr std::int64_t half_a_year = 31'556'952 / 2;
    const auto seconds = seconds_of(info.mtime_ns);
    const bool recent = seconds <= now && seconds > now - half_a_year;
    const auto time = formatted(recent ? "%b %e %H:%M" : "%b %e  %Y", local_time(seconds));
    const auto size = human ? size_text(info.size) : std::to_string(info.size);
    std::array<char, 512> text{};
    std::snprintf(text.data(), text.size(), "%s %3llu %-8s %-8s %*s %s ", mode_text(info).c_str(),
                  static_cast<unsigned long long>(info.links), owner_text(info.user, info.uid).c_str(),
                  owner_text(info.group, info.gid).c_str(), human ? 5 : 9, size.c_str(), time.c_str());
    return text.data();
}

std::string status_text(std::string_view path, const file_info& info) {
    const auto seconds = seconds_of(info.mtime_ns);
    const auto time = local_time(seconds);
    std::array<char, 16> nanoseconds{};
    std::snprintf(nanoseconds.data(), nanoseconds.size(), ".%09lld",
                  static_cast<long long>(info.mtime_ns - seconds * second));
    std::array<char, 16> mode{};
    std::snprintf(mode.data(), mode.size(), "%04o", info.mode);
    auto out = "  File: " + quoted_name(path);
    if (info.target) out += " -> " + quoted_name(*info.target);
    out += "\n  Size: " + std::to_string(info.size) + "  Type: " + std::string(name_of(info.type)) +
           "  Links: " + std::to_string(info.links);
    out += "\n  Mode: " + std::string(mode.data()) + " " + mode_text(info) + "  Uid: " + std::to_string(info.uid) +
           " " + printable(info.user) + "  Gid: " + std::to_string(info.gid) + " " + printable(info.group);
    return out + "\nModify: " + formatted("%Y-%m-%d %H:%M:%S", time) + nanoseconds.data() + formatted(" %z", time) +
           "\n";
}

boost::json::object to_json(std::string_view path, const file_info& info) {
    boost::json::object out{{"path", bytes_to_json(path)},
                            {"type", name_of(info.type)},
                            {"size", info.size},
                            {"mode", info.mode},
                            {"mtime_ns", info.mtime_ns},
                            {"uid", info.uid},
                            {"gid", info.gid},
                            {"links", info.links}};
    if (!info.user.empty()) out["user"] = bytes_to_json(info.user);
    if (!info.group.empty()) out["group"] = bytes_to_json(info.group);
    if (info.target) out["target"] = bytes_to_json(*info.target);
    return out;
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::string_view units = "BKMGTPE";
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), unit > 0 && value < 10 ? "%.1f%c" : "%.0f%c", value, units[unit]);
    return text.data();
}

} // namespace tug::cli
