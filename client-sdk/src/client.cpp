#include <tug/client.hpp>

#include "at_home.hpp"
#include "session.hpp"

#include <utility>

namespace tug {

namespace asio = boost::asio;

client::client() noexcept = default;

client::client(std::shared_ptr<detail::session> session) noexcept : session_(std::move(session)) {}

client::client(client&& other) noexcept : session_(std::move(other.session_)) {}

client& client::operator=(client&& other) noexcept {
    if (this != &other) detail::release_at_home(std::exchange(session_, std::move(other.session_)));
    return *this;
}

client::~client() {
    detail::release_at_home(std::move(session_));
}

connect_options& connect_options::through(const client& via) & {
    detail::must_be(via.session_);
    via_ = via.session_;
    return *this;
}

bool client::is_open() const noexcept {
    return session_ && session_->is_open();
}

std::string client::server() const {
    return session_ ? session_->server : std::string();
}

bool client::was_draining() const noexcept {
    return session_ && session_->was_draining;
}

std::vector<std::string> client::permissions() const {
    return session_ ? session_->permissions : std::vector<std::string>();
}

asio::any_io_executor client::get_executor() const {
    return detail::must_be(session_)->executor();
}

} // namespace tug
