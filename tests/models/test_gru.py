import torch

from hilum.models.gru import gru


def test_the_state_is_that_of_a_step_by_step_walk_over_the_visits_there() -> None:
    torch.manual_seed(0)
    model = gru(outputs=2, features=3, visit=4, state=6).eval()
    visits = torch.rand(5, 4, 4)
    for image, count in enumerate((0, 1, 2, 4, 3)):
        visits[image, :, 0] = 1.0
        visits[image, : 4 - count] = 0.0
        state = torch.zeros(1, 6)
        for step in range(4 - count, 4):
            _, state = model.cell(visits[image : image + 1, step : step + 1], state[None])
            state = state[0]
        torch.testing.assert_close(model.walk(visits)[image : image + 1], state)


def test_a_batch_without_any_visit_walks_nowhere() -> None:
    model = gru(outputs=2, features=3, visit=4)
    assert not model.walk(torch.zeros(2, 4, 4)).any()
    assert model(features=torch.zeros(2, 3), visits=torch.zeros(2, 4, 4))["labels"].shape == (2, 2)
