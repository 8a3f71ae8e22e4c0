# Unpacks the packages $2 of Debian's backports into the folder $1. Nothing is installed, and apt's own settings and
# lists stay as they are; signatures are checked as always.
set -e
exec 1>&2
mkdir -p "$1/apt/lists/partial" "$1/apt/cache/archives/partial"
cd "$1"
exec 9>lock
flock 9
[ -e done ] && exit 0
. /etc/os-release
keys=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keys] http://deb.debian.org/debian $VERSION_CODENAME-backports main" >apt/list
apt() {
    apt-get -q -o Dir::Etc::sourcelist="$PWD/apt/list" -o Dir::Etc::sourceparts=- -o Dir::Cache="$PWD/apt/cache" \
        -o Dir::State::lists="$PWD/apt/lists" -o APT::Sandbox::User= "$@"
}
apt update
apt download $2
for package in *.deb; do dpkg-deb --extract "$package" .; done
rm -rf apt ./*.deb
touch done
