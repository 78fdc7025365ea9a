"""What a call costs: getme beside the usual services, as ratios to bare grpcio in the same run."""
