#include "support/tugd_process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace tug::test {

namespace {

constexpr std::string_view greeting = "tugd listening on ";

std::vector<std::string> with_name(std::string name, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::move(name));
    return arguments;
}

std::string made_keys(const std::string& path) {
    const auto made = run({"tug", "keygen", "tester", "-o", path});
    if (made.exit_code != 0) throw std::runtime_error("tug keygen: " + made.err);
    return path;
}

} // namespace

tugd_process::tugd_process(std::vector<std::string> arguments, const environment& env, std::size_t listeners) {
    const int log = ::open((own_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) throw std::system_error(errno, std::generic_category(), own_ / "log");
    standard_fds fds;
    fds.err = log;
    program_ = std::make_unique<program>(with_name("tugd", std::move(arguments)), env, fds);
    ::close(log);
    while (addresses_.size() < listeners) {
        const auto line = program_->read_line();
        if (!line.starts_with(greeting)) throw std::runtime_error("tugd said: " + line);
        addresses_.push_back(line.substr(greeting.size()));
    }
}

std::string tugd_process::log() const {
    return read_file(own_ / "log");
}

std::string tugd_process::port() const {
    return address().substr(address().rfind(':') + 1);
}

tugd_process::~tugd_process() {
    try {
        if (!stopped_) stop();
    } catch (const std::exception&) {
        return; // it did not end in time and was killed
    }
}

int tugd_process::stop() {
    stopped_ = true;
    program_->signal(SIGTERM);
    return program_->wait();
}

tugd_fixture::tugd_fixture()
    : keys(made_keys(local / "keys")),
      socket(local / "tugd.sock"),
      daemon({"--listen", "127.0.0.1:0", "--listen", "unix:" + socket, "--root", root_.path().string(), "--keys", keys},
             {}, 2) {}

program tugd_fixture::start_tug(std::vector<std::string> arguments, const environment& extra, standard_fds fds) {
    environment env{{"TUG_ADDRESS", daemon.address()}, {"TUG_KEY_FILE", keys}};
    for (const auto& [name, value] : extra) env[name] = value;
    return program(with_name("tug", std::move(arguments)), env, fds);
}

run_result tugd_fixture::tug(std::vector<std::string> arguments, std::string_view input, const environment& extra) {
    auto p = start_tug(std::move(arguments), extra);
    p.write(input);
    p.close_stdin();
    const int code = p.wait();
    return {code, p.out(), p.err()};
}

} // namespace tug::test
