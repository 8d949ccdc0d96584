#include "jobs/job_directory.hpp"

#include "jobs/last_words.hpp"
#include "jobs/read_all.hpp"

#include <tug/os/errno.hpp>
#include <tug/os/write_all.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <span>
#include <utility>

namespace tug::service {

namespace json = boost::json;

namespace {

/// What a result with its texts takes, and more.
constexpr off_t reserved_bytes = 16 * 1024;

std::string temporary_of(const char* file) {
    return std::string(file) + ".new";
}

proto::failure cannot_read(int err) {
    return os::file_failure(err, "cannot read a file of the job");
}

} // namespace

std::optional<job_directory> job_directory::open(int owner, const std::string& name) {
    os::unique_fd fd(::openat(owner, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return std::nullopt;
    return job_directory(std::move(fd));
}

std::string job_directory::socket_path() const {
    return "/proc/self/fd/" + std::to_string(fd()) + "/" + job_file::socket;
}

bool job_directory::is_held() const {
    const auto lock = open_file(job_file::lock, O_RDONLY);
    if (!lock) return errno != ENOENT; // not known, as for want of descriptors: a job taken for lost would be ended
    return ::flock(lock.get(), LOCK_SH | LOCK_NB) != 0;
}

os::unique_fd job_directory::open_file(const char* file, int flags) const {
    return os::unique_fd(::openat(fd(), file, flags | O_NOFOLLOW | O_CLOEXEC, 0600));
}

proto::result<job_marks> job_directory::marks() const {
    auto from = open_file(job_file::marks, O_RDONLY);
    if (!from && errno != ENOENT) return cannot_read(errno);
    return job_marks(std::move(from));
}

std::string job_directory::holder_words() const {
    const auto from = open_file(job_file::words, O_RDONLY);
    return from ? last_words(read_all(from.get()).value_or(std::string())) : std::string();
}

proto::result<std::optional<json::object>> job_directory::find(const char* file) const {
    using found = std::optional<json::object>;
    const auto from = open_file(file, O_RDONLY);
    if (!from && errno == ENOENT) return found();
    if (!from) return cannot_read(errno);
    const auto text = read_all(from.get());
    if (!text) return cannot_read(errno);
    boost::system::error_code ec;
    auto value = json::parse(*text, ec);
    if (ec || !value.is_object()) return found();
    return found(std::move(value.get_object()));
}

std::optional<json::object> job_directory::read(const char* file) const {
    auto found = find(file);
    return found ? std::move(*found) : std::nullopt;
}

int job_directory::write(const char* file, const json::object& content) const {
    const auto temporary = temporary_of(file);
    const auto to = open_file(temporary.c_str(), O_WRONLY | O_CREAT);
    if (!to) return errno;
    const auto text = json::serialize(content);
    if (const int err = os::write_all(to.get(), std::as_bytes(std::span(text)))) return err;
    if (::ftruncate(to.get(), static_cast<off_t>(text.size())) != 0 || ::fsync(to.get()) != 0) return errno;
    if (::renameat(fd(), temporary.c_str(), fd(), file) != 0) return errno;
    return ::fsync(fd()) == 0 ? 0 : errno;
}

int job_directory::write_first(const char* file, const json::object& content) const {
    const auto to = open_file(file, O_WRONLY | O_CREAT | O_EXCL);
    if (!to) return errno;
    const auto text = json::serialize(content);
    if (const int err = os::write_all(to.get(), std::as_bytes(std::span(text)))) return err;
    if (::fsync(to.get()) != 0) return errno;
    return ::fsync(fd()) == 0 ? 0 : errno;
}

int job_directory::reserve(const char* file) const {
    const auto room = open_file(temporary_of(file).c_str(), O_WRONLY | O_CREAT);
    if (!room) return errno;
    const int err = ::fallocate(room.get(), 0, 0, reserved_bytes) == 0 ? 0 : errno;
    return err == EOPNOTSUPP ? 0 : err;
}

void job_directory::clear() const noexcept {
    using namespace job_file;
    const std::initializer_list<const char*> all{request, result,          lost,           lock,
                                                 socket,  standard_output, standard_error, job_file::marks,
                                                 words,   "request.new",   "result.new",   "lost.new"};
    for (const char* file : all) ::unlinkat(fd(), file, 0);
}

std::string unnamed_job() {
    std::uint64_t random = 0;
    if (::getrandom(&random, sizeof random, 0) != static_cast<ssize_t>(sizeof random)) random = 0;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), ".%016llx", static_cast<unsigned long long>(random));
    return text.data();
}

int remove_job(int owner, const std::string& name) {
    const auto gone = unnamed_job();
    if (::renameat(owner, name.c_str(), owner, gone.c_str()) != 0) return errno;
    if (const auto directory = job_directory::open(owner, gone)) directory->clear();
    ::unlinkat(owner, gone.c_str(), AT_REMOVEDIR);
    return 0;
}

} // namespace tug::service
