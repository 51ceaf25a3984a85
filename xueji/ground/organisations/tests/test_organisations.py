import pytest
@pytest.mark.django_db
def test_up(small_city):
    print(small_city)
