"""What trains: the only room that imports Keras and scikeras."""
