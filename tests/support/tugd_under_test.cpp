#include "support/tugd_under_test.hpp"

#include "support/build_paths.hpp"
#include "tug/proto/base64.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

namespace tug::test {

namespace {

constexpr std::string_view greeting = "tugd listening on ";

proto::secret_key numbered_key(unsigned first) {
    std::array<std::byte, proto::secret_key::size> bytes;
    for (auto& b : bytes) b = static_cast<std::byte>(first++);
    return proto::secret_key(bytes);
}

std::vector<std::string> command_line(const launch& how, const std::string& root, const std::string& keys,
                                      const std::vector<std::string>& arguments) {
    auto argv = how.wrapper;
    argv.emplace_back(how.tugd.empty() ? bin_dir() + "/tugd" : how.tugd);
    for (const auto& where : how.listen) argv.insert(argv.end(), {"--listen", where});
    argv.insert(argv.end(), {"--root", root});
    if (how.with_keys)
        argv.insert(argv.end(), {"--keys", keys});
    else
        argv.emplace_back("--no-auth");
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return argv;
}

} // namespace

const proto::secret_key& test_key() {
    static const auto key = numbered_key(0);
    return key;
}

const proto::secret_key& other_key() {
    static const auto key = numbered_key(100);
    return key;
}

std::string key_line(std::string_view id, const proto::secret_key& key) {
    return std::string(id) + " " + proto::base64_encode(key.bytes()) + " exec,put,get,audit\n";
}

void write_key_file(const std::string& path, std::string_view text) {
    write_file(path, text);
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

environment with_asan_options(std::string_view options, environment base) {
    const char* before = std::getenv("ASAN_OPTIONS"); // NOLINT(concurrency-mt-unsafe): no thread changes it
    base["ASAN_OPTIONS"] = (before ? std::string(before) + ":" : std::string()).append(options);
    return base;
}

tugd_under_test::tugd_under_test(std::vector<std::string> arguments, const launch& how)
    : root_(how.root.empty() ? own_ / "root" : how.root),
      key_file_(own_ / "keys"),
      log_file_(own_ / "log"),
      with_keys_(how.with_keys) {
    std::filesystem::create_directories(root_);
    if (with_keys_) write_key_file(key_file_, key_line(test_key_id, test_key()));
    const int log = ::open(log_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) throw std::system_error(errno, std::generic_category(), log_file_);
    standard_fds fds;
    fds.err = log;
    program_ = std::make_unique<program>(command_line(how, root_.string(), key_file_, arguments), how.env, fds);
    ::close(log);
    while (addresses_.size() < how.listen.size()) {
        std::string line;
        try {
            line = program_->read_line();
        } catch (const std::exception&) {
            throw std::runtime_error("tugd does not start: " + this->log());
        }
        if (!line.starts_with(greeting)) throw std::runtime_error("tugd said: " + line);
        addresses_.push_back(line.substr(greeting.size()));
    }
}

wire_client tugd_under_test::connect(std::size_t n) const {
    wire_client client(address(n));
    client.hello();
    if (with_keys_) static_cast<void>(client.authenticate(test_key_id, test_key()).result());
    return client;
}

int tugd_under_test::stop() {
    signal(SIGTERM);
    return wait();
}

} // namespace tug::test
