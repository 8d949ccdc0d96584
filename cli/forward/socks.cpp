#include "socks.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <utility>

namespace tug::cli {

namespace {

using namespace std::string_literals;

constexpr unsigned char connect_command = 1;
constexpr unsigned char ipv4 = 1;
constexpr unsigned char domain = 3;
constexpr unsigned char ipv6 = 4;

/// The address part of a reply, which no client looks at for CONNECT.
const auto no_address = "\x01\0\0\0\0\0\0"s;

unsigned char byte_at(const std::string& text, std::size_t at) noexcept {
    return static_cast<unsigned char>(text[at]);
}

std::string address_text(int family, const char* bytes) {
    std::array<char, INET6_ADDRSTRLEN> out{};
    ::inet_ntop(family, bytes, out.data(), out.size());
    return out.data();
}

} // namespace

void socks_opening::feed(std::string_view bytes) {
    input_ += bytes;
    advance();
}

std::string socks_opening::take_reply() {
    return std::exchange(reply_, {});
}

void socks_opening::advance() {
    while (state_ == state::reading && !input_.empty()) {
        if (version_ == 0) version_ = byte_at(input_, 0);
        if (version_ != 4 && version_ != 5) return fail({});
        const bool whole = version_ == 4 ? read_v4() : methods_done_ ? read_v5_request() : read_v5_methods();
        if (whole) continue;
        if (state_ == state::reading && input_.size() > longest) fail({});
        return;
    }
}

void socks_opening::fail(std::string reply) {
    reply_ += reply;
    state_ = state::failed;
}

void socks_opening::ask(std::string host, std::size_t port_at, std::size_t used) {
    port_ = static_cast<std::uint16_t>(byte_at(input_, port_at) << 8U | byte_at(input_, port_at + 1));
    host_ = std::move(host);
    input_.erase(0, used);
    state_ = state::asked;
    // A name with a NUL would be another one where it is looked up.
    if (port_ == 0 || host_.empty() || host_.find('\0') != std::string::npos) fail(refuse(reason::failure));
}

/// VN CD PORT(2) IP(4) USER 0, and in 4a, where the IP is 0.0.0.x, NAME 0.
bool socks_opening::read_v4() {
    constexpr std::size_t head = 8;
    if (input_.size() < head) return false;
    const auto opening = std::string_view(input_).substr(0, longest); // however it comes, the same is too long
    const auto user_end = opening.find('\0', head);
    if (user_end == std::string::npos) return false;
    const bool named = input_.compare(4, 3, "\0\0\0"s) == 0 && input_[7] != '\0';
    const auto name_end = named ? opening.find('\0', user_end + 1) : user_end;
    if (name_end == std::string::npos) return false;
    if (byte_at(input_, 1) != connect_command) return fail(refuse(reason::failure)), true;
    auto host = named ? input_.substr(user_end + 1, name_end - user_end - 1) : address_text(AF_INET, &input_[4]);
    ask(std::move(host), 2, name_end + 1);
    return true;
}

/// VER NMETHODS METHODS: without a login, or not at all.
bool socks_opening::read_v5_methods() {
    if (input_.size() < 2 || input_.size() < 2U + byte_at(input_, 1)) return false;
    const auto count = byte_at(input_, 1);
    const bool offered = input_.substr(2, count).find('\0') != std::string::npos;
    input_.erase(0, 2U + count);
    if (!offered) return fail("\x05\xff"), true;
    reply_ += "\x05\0"s;
    methods_done_ = true;
    return true;
}

/// VER CMD RSV ATYP ADDRESS PORT(2)
bool socks_opening::read_v5_request() {
    constexpr std::size_t head = 4;
    if (input_.size() < head + 1) return false;
    if (byte_at(input_, 0) != 5) return fail({}), true;
    const auto type = byte_at(input_, 3);
    if (type != ipv4 && type != domain && type != ipv6) return fail("\x05\x08\0"s + no_address), true;
    const std::size_t begin = type == domain ? head + 1 : head;
    const std::size_t size = type == ipv4 ? 4U : type == ipv6 ? 16U : byte_at(input_, head);
    if (input_.size() < begin + size + 2) return false;
    if (byte_at(input_, 1) != connect_command) return fail("\x05\x07\0"s + no_address), true;
    auto host =
        type == domain ? input_.substr(begin, size) : address_text(type == ipv4 ? AF_INET : AF_INET6, &input_[begin]);
    ask(std::move(host), begin + size, begin + size + 2);
    return true;
}

std::string socks_opening::grant() const {
    return version_ == 4 ? "\0\x5a\0\0\0\0\0\0"s : "\x05\0\0"s + no_address;
}

std::string socks_opening::refuse(reason why) const {
    if (version_ == 4) return "\0\x5b\0\0\0\0\0\0"s;
    std::string out = "\x05\x01\0"s;
    switch (why) {
    case reason::failure: break;
    case reason::denied: out[1] = 2; break;
    case reason::unreachable: out[1] = 4; break;
    case reason::refused: out[1] = 5; break;
    }
    return out + no_address;
}

} // namespace tug::cli
