#pragma once

#include "tug/service/endpoint.hpp"

#include <boost/json/object.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tug::service {

struct context;
class client_connection;

/// A method that is answered at once, inside the read loop: it must not wait.
using immediate = std::function<answer(client_connection& on, const boost::json::object& params)>;

/// One row of the table.
struct route {
    permission need = permission::none;
    std::variant<immediate, endpoint> serve;
    boost::json::object description;
    std::size_t number = 0; ///< Of the row, in the order of names().
};

/// The table of methods. See routes.cpp: its constructor reads as the API.
class routes {
public:
    explicit routes(context& shared);

    /// Null where there is no such method.
    [[nodiscard]] const route* find(std::string_view method) const;

    /// Throws std::invalid_argument where the name is taken or reserved.
    void add(endpoint e);

    /// The names of all methods, each at the place of its row's number.
    [[nodiscard]] std::vector<std::string> names() const;

    [[nodiscard]] std::size_t size() const noexcept { return table_.size(); }

    /// The OpenRPC document of all that is served, in the order of names.
    [[nodiscard]] boost::json::object discover() const;

private:
    /// Looks a name up without making a string of it.
    struct hash {
        using is_transparent = void;

        std::size_t operator()(std::string_view name) const noexcept { return std::hash<std::string_view>()(name); }
    };

    bool insert(std::string name, route row);

    boost::unordered_flat_map<std::string, route, hash, std::equal_to<>> table_;
};

} // namespace tug::service
