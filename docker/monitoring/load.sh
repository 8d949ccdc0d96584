#!/bin/sh
# Commands, files and errors, for as long as it runs. TUG_ADDRESS and TUG_KEY_FILE say where to.
until tug -q ping >/dev/null 2>&1; do sleep 1; done
echo "tugd is there"
while true; do
    tug -q exec -- true
    tug -q exec -- sh -c 'exit 3' || true
    head -c 1000000 /dev/urandom | tug -q put - :load
    tug -q get :load - >/dev/null
    tug -q get :missing - 2>/dev/null || true
    sleep 0.2
done
