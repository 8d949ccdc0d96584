#include "mutated_frames/canary.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

namespace tug::torture {

canary::canary(const test::tugd_under_test& tugd, std::string path, std::string content)
    : client_(tugd.connect()), path_(std::move(path)), content_(std::move(content)), thread_([this] {
          try {
              while (!over_) sing();
          } catch (const std::exception& e) {
              wrong_ = e.what();
          }
      }) {}

canary::~canary() {
    stop();
}

std::string canary::stop() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
    return wrong_;
}

void canary::sing() {
    const auto began = std::chrono::steady_clock::now();
    const auto ping = client_.call("rpc.ping");
    if (client_.wait(ping).error() != "") throw std::runtime_error("a ping was refused");
    const auto get = client_.call("get", {{"path", path_}});
    if (client_.wait(get).error() != "" || client_.output(get, "data") != content_)
        throw std::runtime_error("a get did not bring the file");
    for (const auto id : {ping, get}) client_.forget(id);
    answers_ += 2;
    const auto took = std::chrono::steady_clock::now() - began;
    longest_ = std::max(longest_, std::chrono::duration_cast<std::chrono::milliseconds>(took));
}

} // namespace tug::torture
