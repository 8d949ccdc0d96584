#include "object_calls.hpp"

namespace tug::detail {

namespace asio = boost::asio;

asio::awaitable<proto::result<boost::json::object>> ask(session_ptr s, std::string_view method,
                                                        boost::json::object params) {
    auto answer = co_await s->request(std::string(method), std::move(params));
    if (!answer) co_return answer.error();
    auto* members = answer->if_object();
    if (!members) co_return failure(errc::protocol_violation, "the result of " + std::string(method) + " is no object");
    co_return std::move(*members);
}

asio::awaitable<boost::json::object> answer_to(session_ptr s, std::string_view method, boost::json::object params) {
    must_be(s);
    co_return co_await deliver(s->executor(), ask(s, method, std::move(params)));
}

asio::awaitable<void> ask_to(session_ptr s, std::string_view method, boost::json::object params) {
    static_cast<void>(co_await answer_to(std::move(s), method, std::move(params)));
}

failure wrong_result(std::string_view method, const std::string& why) {
    return {errc::protocol_violation, "the result of " + std::string(method) + ": " + why};
}

} // namespace tug::detail
