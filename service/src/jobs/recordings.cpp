#include "jobs/recordings.hpp"

#include <tug/os/errno.hpp>

#include <tug/os/directory_stream.hpp>
#include <tug/proto/bytes.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>
#include <vector>

namespace tug::service {

namespace json = boost::json;

namespace {

constexpr std::string_view suffix = ".cast";

struct kept_file {
    std::string name;
    std::uint64_t bytes = 0;
};

std::vector<kept_file> files_in(int directory) {
    std::vector<kept_file> out;
    const auto entries = os::open_stream(directory);
    if (!entries) return out;
    while (const dirent* e = ::readdir(entries.get())) { // NOLINT(concurrency-mt-unsafe): the stream is ours
        struct stat file{};
        if (!std::string_view(e->d_name).ends_with(suffix)) continue;
        if (::fstatat(directory, e->d_name, &file, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(file.st_mode)) continue;
        out.push_back({e->d_name, static_cast<std::uint64_t>(file.st_size)});
    }
    std::ranges::sort(out, {}, &kept_file::name);
    return out;
}

/// False where it is still written to.
bool remove_old(int directory, const std::string& name) {
    const os::unique_fd file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file && ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return false;
    return ::unlinkat(directory, name.c_str(), 0) == 0;
}

/// Of a key id what may stand in the name of a file.
std::string plain(std::string_view key_id) {
    std::string out(key_id.empty() ? "nokey" : key_id);
    const auto allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
    };
    std::ranges::replace_if(out, [&](char c) { return !allowed(c); }, '_');
    return out;
}

std::string new_name(std::time_t now, std::string_view key_id) {
    std::uint32_t random = 0;
    if (::getrandom(&random, sizeof random, 0) < 0) random = 0; // a name that is taken is refused
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z-{}-{:08x}{}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                       utc.tm_hour, utc.tm_min, utc.tm_sec, plain(key_id), random, suffix);
}

} // namespace

proto::result<std::unique_ptr<recordings>> recordings::open(const recording_options& how) {
    if (::mkdir(how.directory.c_str(), 0700) != 0 && errno != EEXIST)
        return os::file_failure(errno, "cannot make the directory of the recordings");
    os::unique_fd directory(::open(how.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return os::file_failure(errno, "cannot open the directory of the recordings");
    return std::make_unique<recordings>(std::move(directory), how);
}

void recordings::make_room() const {
    const auto files = files_in(directory_.get());
    std::uint64_t all = how_.session_bytes;
    for (const auto& f : files) all += f.bytes;
    for (const auto& f : files) {
        if (all <= how_.all_bytes) return;
        if (remove_old(directory_.get(), f.name)) all -= f.bytes;
    }
}

void recordings::drop(const std::string& name) noexcept {
    ::unlinkat(directory_.get(), name.c_str(), 0);
}

std::shared_ptr<recording> recordings::write(new_recording begun) {
    return std::make_shared<recording>(std::move(begun.name), std::move(begun.file), std::move(begun.header), begun.how,
                                       writers_);
}

proto::result<new_recording> recordings::begin(std::string_view key_id, std::string_view subject,
                                               const proto::terminal_params& size, bool with_input) {
    make_room();
    const auto now = std::time(nullptr);
    auto name = new_name(now, key_id);
    os::unique_fd file(
        ::openat(directory_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        return os::file_failure(errno, "the session would have to be recorded, and cannot be");
    const json::object header{{"version", 2},
                              {"width", size.cols},
                              {"height", size.rows},
                              {"timestamp", static_cast<std::int64_t>(now)},
                              {"command", proto::utf8_text(subject)},
                              {"env", {{"TERM", size.term}}}};
    const recording::settings how{how_.session_bytes, with_input};
    return new_recording{std::move(name), std::move(file), json::serialize(header) + "\n", how};
}

} // namespace tug::service
