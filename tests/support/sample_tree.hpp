#pragma once

#include <tug/proto/entry_stream.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <string_view>

namespace tug::test {

namespace fs = std::filesystem;

inline void write_text(const fs::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

inline std::string content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A record with a head of JSON.
inline std::string record(std::string_view head, std::string_view body = "") {
    std::string out(proto::record_header_size, '\0');
    proto::write_record_header(reinterpret_cast<std::byte*>(out.data()), static_cast<std::uint32_t>(head.size()),
                               static_cast<std::uint32_t>(body.size()));
    return out.append(head).append(body);
}

/// Each path of a tree with what matters of it: type, mode, time, content or target, links.
inline std::map<std::string, std::string> picture(const fs::path& top) {
    std::map<std::string, std::string> out;
    const auto add = [&](const fs::path& path) {
        struct stat st{};
        if (::lstat(path.c_str(), &st) != 0) return;
        std::ostringstream text;
        text << std::oct << st.st_mode << std::dec << ' ';
        if (S_ISREG(st.st_mode)) text << st.st_nlink << ' ' << content(path);
        if (S_ISLNK(st.st_mode)) text << fs::read_symlink(path).string();
        if (!S_ISLNK(st.st_mode)) text << " at " << st.st_mtim.tv_sec << '.' << st.st_mtim.tv_nsec;
        out[path.lexically_relative(top).string()] = text.str();
    };
    add(top);
    for (const auto& entry : fs::recursive_directory_iterator(top)) add(entry.path());
    return out;
}

inline void set_time(const fs::path& path, std::int64_t seconds, long nanoseconds) {
    const timespec times[2] = {{0, UTIME_OMIT}, {seconds, nanoseconds}};
    BOOST_REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

/// A tree of everything that a tree may hold.
inline void make_sample_tree(const fs::path& top) {
    fs::create_directories(top / "b" / "empty");
    fs::create_directories(top / "a b\n" / "-x:y");
    write_text(top / "b" / "file", "content");
    write_text(top / "b" / "nothing", "");
    write_text(top / "b.txt", std::string(300'000, 'x'));
    write_text(top / "a b\n" / "-x:y" / "\xff\xfe", "not UTF-8");
    write_text(top / std::string(255, 'n'), "long");
    write_text(top / "program", "#!");
    ::chmod((top / "program").c_str(), 0751);
    fs::create_hard_link(top / "b" / "file", top / "b" / "same");
    fs::create_hard_link(top / "b" / "file", top / "z");
    fs::create_symlink("nowhere", top / "dangling");
    fs::create_symlink("/etc", top / "absolute");
    fs::create_directory_symlink("b", top / "directory link");
    fs::create_directory(top / "closed");
    write_text(top / "closed" / "in", "in");
    ::chmod((top / "closed" / "in").c_str(), 0400);
    set_time(top / "closed" / "in", -5, 123'456'789);
    ::chmod((top / "closed").c_str(), 0555);
    set_time(top / "b", 1'000'000'000, 987'654'321);
    set_time(top / "closed", -86'400, 1);
    set_time(top, 1'234'567'890, 5);
}

} // namespace tug::test
