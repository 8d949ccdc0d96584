#define BOOST_TEST_MODULE tug_docker
#include <boost/test/unit_test.hpp>
