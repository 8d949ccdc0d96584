// login: the file that it writes.

#include "login.hpp"

#include "cli/local/byte_streams.hpp"
#include "cli/local/report.hpp"

#include <tug/error.hpp>
#include <tug/os/private_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace fs = std::filesystem;

namespace tug::cli {

namespace {

[[noreturn]] void fail(const std::string& file) {
    throw error(failure(errc::local_io, quoted_name(file) + " cannot be written: " + std::strerror(errno)));
}

void make_directory(const fs::path& directory) {
    std::error_code ec;
    fs::create_directories(directory.parent_path(), ec);
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) fail(directory.string());
}

} // namespace

std::string config_text(const std::string& file) {
    if (::access(file.c_str(), F_OK) != 0) return {};
    const auto text = os::read_private_file(file, errc::local_io, secret_readers::any);
    if (!text) throw error(text.error());
    return std::string(text.value().view());
}

void write_config_block(const std::string& file, const std::string& block) {
    make_directory(fs::path(file).parent_path());
    std::error_code ec;
    const auto real = fs::weakly_canonical(file, ec); // a file that is kept elsewhere stays there
    const auto target = ec ? file : real.string();
    const auto before = config_text(target);
    struct stat st{};
    const mode_t mode = ::stat(target.c_str(), &st) == 0 ? st.st_mode & 07777 : 0600;
    auto beside = target + ".XXXXXX";
    const descriptor out(::mkostemp(beside.data(), O_CLOEXEC));
    if (out.get() < 0) fail(target);
    const auto text = before.empty() ? block : block + "\n" + before;
    const bool written = write_all(out.get(), text) && ::fchmod(out.get(), mode) == 0 && ::fsync(out.get()) == 0 &&
                         ::rename(beside.c_str(), target.c_str()) == 0;
    if (written) return;
    const int why = errno;
    ::unlink(beside.c_str());
    errno = why;
    fail(target);
}

} // namespace tug::cli
