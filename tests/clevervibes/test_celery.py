"""What workers promise: nothing is lost with a process, nothing runs so long that it is given out twice."""

from django.conf import settings

from clevervibes.celery import app

VISIBILITY_SECONDS = 900


def test_a_task_is_acknowledged_when_it_is_done_and_given_back_when_its_worker_is_lost():
    assert app.conf.task_acks_late is True
    assert app.conf.task_reject_on_worker_lost is True
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.worker_soft_shutdown_timeout == 30


def test_the_visibility_timeout_stands_in_all_three_places_and_is_twice_what_a_task_may_take():
    places = (
        app.conf.broker_transport_options["visibility_timeout"],
        app.conf.result_backend_transport_options["visibility_timeout"],
        app.conf.visibility_timeout,
    )
    assert places == (VISIBILITY_SECONDS,) * 3
    assert app.conf.task_soft_time_limit < app.conf.task_time_limit < VISIBILITY_SECONDS / 2


def test_the_broker_is_asked_in_seconds_and_not_in_minutes():
    options = app.conf.broker_transport_options
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (10, 1)
    assert options["socket_timeout"] == 5


def test_messages_are_json_and_leave_no_results():
    assert (app.conf.task_serializer, app.conf.accept_content) == ("json", ["json"])
    assert app.conf.task_ignore_result is True
    assert not app.conf.task_always_eager


def test_beat_ticks_in_utc_and_asks_every_five_minutes_what_is_due():
    assert app.conf.timezone == "UTC"
    assert {app.conf.beat_schedule[entry]["schedule"] for entry in ("convert", "holds")} == {300.0}
    assert app.conf.beat_schedule["carry_on"]["schedule"] == 60.0
    # A tick that nobody took in time is dropped; the next one asks the same.
    often = [entry for entry in app.conf.beat_schedule.values() if entry["schedule"] in (20, 60, 300)]
    assert len(often) >= 4
    assert all(entry["options"]["expires"] <= entry["schedule"] for entry in often)
    assert settings.TIME_ZONE == "Europe/Berlin"
