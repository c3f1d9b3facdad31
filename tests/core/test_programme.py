"""What a programme tells of its profiles: the weakest, the largest, the longest lockout."""

import pytest

from tests.core.parts import NO_BOLUS, programme

# start, dose in ng, duration in s, lockout in s, count: 40, 24 and 32 strokes of 250 nL.
PROFILES = [(0, 100_000, 600, 3_600, 4), (32, 60_000, 60, 7_200, 2), (64, 80_000, 300, 600, 1)]
TURNS = [PROFILES[i:] + PROFILES[:i] for i in range(3)]


@pytest.mark.parametrize("profiles", TURNS)
def test_the_weakest_profile_is_that_of_the_smallest_dose_not_of_the_lowest_rate(profiles):
    its = programme(profiles=profiles)
    assert profiles[its.weakest()] == PROFILES[1]
    assert its.profiles[its.weakest()].nl_per_h > its.profiles[profiles.index(PROFILES[0])].nl_per_h


def test_of_equal_ones_it_is_the_first():
    assert programme(profiles=[PROFILES[0], (32, *PROFILES[0][1:])]).weakest() == 0


@pytest.mark.parametrize("profiles", TURNS)
def test_the_longest_lockout_and_the_largest_bolus_are_those_of_any_profile(profiles):
    its = programme(profiles=profiles)
    assert (its.longest_lockout_s(), its.largest_bolus()) == (7_200, 40)


def test_without_profiles_there_is_none_to_lock_or_to_fit():
    its = programme(**NO_BOLUS)
    assert (its.longest_lockout_s(), its.largest_bolus()) == (60, 0)
