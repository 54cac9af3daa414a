#!/usr/bin/env bash
# Runs once, when the database's volume is new: the two roles and the club's database.
# The owner holds the tables and migrates them. The app's role owns nothing; each `migrate` grants it what it may do.
set -euo pipefail

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" \
  --set owner="$OWNER_PASSWORD" --set app="$APP_PASSWORD" <<'SQL'
CREATE ROLE club_owner LOGIN PASSWORD :'owner';
CREATE ROLE club_app LOGIN PASSWORD :'app';
CREATE DATABASE club OWNER club_owner;
REVOKE ALL ON DATABASE club FROM PUBLIC;
GRANT CONNECT ON DATABASE club TO club_app;
\connect club
REVOKE ALL ON SCHEMA public FROM PUBLIC;
SQL
