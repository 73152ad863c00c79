import matplotlib.pyplot as plt
import numpy as np

x = np.linspace(0, 10, 500)
figure, axes = plt.subplots()
axes.plot(x, np.sin(x), label="sine")
axes.set_title("a plot")
axes.legend()
figure.savefig("/tmp/plot.png")
plt.show()
